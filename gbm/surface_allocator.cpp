// SPDX-License-Identifier: BSD-2-Clause
#include "gbm/surface_allocator.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <span>
#include <utility>

#include <drm_fourcc.h>

#include "gbm/provider_probe.h"
#include "gbm/providers.h"
#include "gbm/render_node.h"

namespace daedalus::gbm {
namespace {

using OpenedProvider = Result<std::unique_ptr<SurfaceProvider>>;

/// A provider that can be tried.
struct ProviderEntry {
    std::string_view name;
    OpenedProvider (*open)(const DrmDevice *device);
};

template <OpenedProvider (*Open)(const DrmDevice &)>
OpenedProvider onDevice(const DrmDevice *device)
{
    if (device == nullptr) {
        return fail(ENODEV, "there is no DRM device");
    }
    return Open(*device);
}

template <OpenedProvider (*Open)()>
OpenedProvider anywhere(const DrmDevice * /*device*/)
{
    return Open();
}

constexpr ProviderEntry kGbm{"gbm", onDevice<openGbmProvider>};
constexpr ProviderEntry kDumb{"dumb", onDevice<openDumbProvider>};
constexpr ProviderEntry kDmaHeap{"dma-heap", anywhere<openDmaHeapProvider>};
constexpr ProviderEntry kUdmabuf{"udmabuf", anywhere<openUdmabufProvider>};

constexpr ProviderEntry kMemfd{"memfd", anywhere<openMemfdProvider>};

/// All that can be asked for by name.
constexpr std::array kAllProviders{kGbm, kDumb, kDmaHeap, kUdmabuf, kMemfd};

/// A GPU reads its own memory best. Where Mesa fails to drive the GPU it draws on the CPU, for
/// which see kNoGpuOrder: hence dumb buffers before foreign ones.
constexpr std::array kGpuOrder{kGbm, kDumb, kDmaHeap, kUdmabuf};
/// The GPU's own memory is slow to read for the CPU, and its MMU takes any pages.
constexpr std::array kWriteCombinedOrder{kDmaHeap, kUdmabuf, kGbm, kDumb};
/// Mesa draws on the CPU and maps only what the device itself allocated: it crashes on
/// other memory (seen with 22.3), so the first that works is taken, however slow. GBM is left out:
/// Mesa has no driver to allocate from, and says so on the client's terminal.
constexpr std::array kNoGpuOrder{kDumb, kDmaHeap, kUdmabuf};
constexpr std::array kNoDeviceOrder{kDmaHeap, kUdmabuf};

std::span<const ProviderEntry> orderFor(const DrmDevice *device)
{
    if (device == nullptr) {
        return kNoDeviceOrder;
    }
    if (device->withoutGpu()) {
        return kNoGpuOrder;
    }
    if (device->writeCombined()) {
        return kWriteCombinedOrder;
    }
    return kGpuOrder;
}

/// The provider of that name alone; empty where there is none.
std::span<const ProviderEntry> providerNamed(std::string_view name)
{
    const auto *const entry =
        std::find_if(kAllProviders.begin(), kAllProviders.end(),
                     [name](const ProviderEntry &r) { return r.name == name; });
    return entry == kAllProviders.end() ? std::span<const ProviderEntry>()
                                        : std::span<const ProviderEntry>(entry, 1);
}

std::string allNames()
{
    std::string names;
    for (const ProviderEntry &entry : kAllProviders) {
        names += (names.empty() ? "" : ", ") + std::string(entry.name);
    }
    return names;
}

/// A provider that works, and whether its memory is what a decoder wants.
struct Candidate {
    std::unique_ptr<SurfaceProvider> provider;
    bool cached = false;
};

Result<Candidate> tryProvider(const ProviderEntry &entry, const DrmDevice *device,
                              std::vector<std::string> &report)
{
    const auto failed = [&](const Error &error) {
        report.push_back(std::string(entry.name) + ": " + error.what());
        return tl::unexpected(error);
    };
    auto provider = entry.open(device);
    if (!provider) {
        return failed(provider.error());
    }
    auto probed = probeProvider(**provider, device);
    if (!probed) {
        return failed(probed.error());
    }
    report.push_back(std::string(entry.name) + ": works, " + probed->detail);
    return Candidate{.provider = std::move(*provider), .cached = probed->cached};
}

/// Tries providers in turn: takes the first whose memory is cached, else the first that
/// works. The error is that of the first that failed.
Result<Candidate> chooseProvider(std::span<const ProviderEntry> order, const DrmDevice *device,
                                 std::vector<std::string> &report)
{
    const bool anySpeed = device != nullptr && device->withoutGpu();
    std::optional<Candidate> uncached;
    int code = 0;
    for (const ProviderEntry &entry : order) {
        auto candidate = tryProvider(entry, device, report);
        if (candidate && (candidate->cached || anySpeed)) {
            return candidate;
        }
        if (candidate && !uncached) {
            uncached = std::move(*candidate);
        }
        if (!candidate && code == 0) {
            code = candidate.error().code();
        }
    }
    if (uncached) {
        return std::move(*uncached);
    }
    return fail(code, "no surface memory");
}

/// More than any picture needs. The kernel's system heap would take all the machine's
/// memory for a nonsensical size, until processes are killed.
constexpr size_t kMaxBytes = size_t{1} << 30;

std::string joined(const std::vector<std::string> &lines)
{
    std::string text;
    for (const std::string &line : lines) {
        text += (text.empty() ? "" : "; ") + line;
    }
    return text;
}

} // namespace

SurfaceAllocator::~SurfaceAllocator() = default;

Result<std::unique_ptr<SurfaceAllocator>> SurfaceAllocator::create(int drmFd,
                                                                   std::string_view wanted)
{
    if (!wanted.empty() && providerNamed(wanted).empty()) {
        return fail(EINVAL, "there is no surface provider \"" + std::string(wanted) +
                                "\", only: " + allNames());
    }
    auto allocator = std::unique_ptr<SurfaceAllocator>(new SurfaceAllocator);
    auto &report = allocator->report_;
    const auto device = findDrmDevice(drmFd, report);
    const DrmDevice *target = device ? &*device : nullptr;

    const auto order = wanted.empty() ? orderFor(target) : providerNamed(wanted);
    auto chosen = chooseProvider(order, target, report);
    if (!chosen) {
        return fail(chosen.error().code(), chosen.error().what() + ": " + joined(report));
    }
    allocator->provider_ = std::move(chosen->provider);
    allocator->renderNode_ = device ? device->node : std::string();
    report.push_back("surfaces come from " + std::string(allocator->providerName()) +
                     (chosen->cached ? "" : ", though slow to read for the CPU"));
    return allocator;
}

Result<SurfaceBuffer> SurfaceAllocator::allocate(const FormatInfo &format, uint32_t width,
                                                 uint32_t height)
{
    constexpr uint32_t kMax = SurfaceLayout::kMaxDimension;
    if (width == 0 || height == 0 || width > kMax || height > kMax) {
        return fail(EINVAL,
                    "a surface cannot be " + std::to_string(width) + "x" + std::to_string(height));
    }
    const SurfaceLayout layout = SurfaceLayout::standard(format, width, height);
    auto fd = allocateBytes(layout.size);
    if (!fd) {
        return tl::unexpected(std::move(fd.error()));
    }
    return SurfaceBuffer{.fd = std::move(*fd), .layout = layout, .modifier = DRM_FORMAT_MOD_LINEAR};
}

Result<UniqueFd> SurfaceAllocator::allocateBytes(size_t size)
{
    if (size == 0) {
        return fail(EINVAL, "a buffer of no bytes");
    }
    if (size > kMaxBytes) {
        return fail(EFBIG, std::to_string(size) + " bytes are more than a buffer may have");
    }
    return provider_->allocate(size);
}

std::string_view SurfaceAllocator::providerName() const
{
    return provider_->name();
}

} // namespace daedalus::gbm
