// SPDX-License-Identifier: BSD-2-Clause
#include "gbm/provider_probe.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <xf86drm.h>

#include "gbm/dma_buf.h"
#include "gbm/prime.h"

namespace daedalus::gbm {
namespace {

constexpr size_t kProbeBytes = size_t{256} * 1024;

/// Memory that is read this many times slower than the heap is not cached. (Uncached
/// memory was seen to be ten and more times slower; noise is far below this.)
constexpr double kUncachedFactor = 4.0;

std::span<uint64_t> words(std::span<std::byte> bytes)
{
    return {reinterpret_cast<uint64_t *>(bytes.data()), bytes.size() / sizeof(uint64_t)};
}

/// Bytes a second at which the CPU reads @p memory: the best of a few passes, which is
/// the one that nothing disturbed.
double readSpeed(std::span<const uint64_t> memory)
{
    using Clock = std::chrono::steady_clock;
    constexpr int kPasses = 4;
    std::chrono::duration<double> best = std::chrono::hours(1);
    for (int pass = 0; pass < kPasses; ++pass) {
        const auto start = Clock::now();
        const volatile uint64_t sum = std::accumulate(memory.begin(), memory.end(), uint64_t{0});
        static_cast<void>(sum);
        best = std::min<std::chrono::duration<double>>(best, Clock::now() - start);
    }
    constexpr double kLeastSeconds = 1e-9; // a coarse clock may say zero
    return static_cast<double>(memory.size_bytes()) / std::max(best.count(), kLeastSeconds);
}

std::string megabytesPerSecond(double bytesPerSecond)
{
    return std::to_string(static_cast<uint64_t>(bytesPerSecond / 1e6)) + " MB/s";
}

/// A value for each word that no other word has.
uint64_t pattern(size_t index)
{
    return 0x9e3779b97f4a7c15U * (index + 1);
}

Result<void> write(const std::shared_ptr<DmaBufMapping> &mapping)
{
    const ScopedCpuAccess access(mapping, CpuAccess::Write);
    if (!access.begun()) {
        return access.begun();
    }
    size_t index = 0;
    for (uint64_t &word : words(mapping->bytes())) {
        word = pattern(index++);
    }
    return {};
}

Result<double> readBack(const std::shared_ptr<DmaBufMapping> &mapping)
{
    const ScopedCpuAccess access(mapping, CpuAccess::Read);
    if (!access.begun()) {
        return tl::unexpected(access.begun().error());
    }
    const auto memory = words(mapping->bytes());
    for (size_t index = 0; index < memory.size(); ++index) {
        if (memory[index] != pattern(index)) {
            return fail(EIO, "what was written is not what is read");
        }
    }
    return readSpeed(memory);
}

/// A line on how it went; an error only where the device imports buffers, but not this.
Result<std::string> import(const DrmDevice &device, int dmaBuf)
{
    uint64_t prime = 0;
    if (::drmGetCap(device.file.get(), DRM_CAP_PRIME, &prime) != 0 ||
        (prime & DRM_PRIME_CAP_IMPORT) == 0) {
        return device.description() + " imports no buffers at all";
    }
    if (auto imported = tryImport(device.file.get(), dmaBuf); !imported) {
        return fail(imported.error().code(), device.description() + ": " + imported.error().what());
    }
    return device.description() + " imports it";
}

} // namespace

Result<ProbeResult> probeProvider(SurfaceProvider &provider, const DrmDevice *device)
{
    const auto buffer = provider.allocate(kProbeBytes);
    if (!buffer) {
        return tl::unexpected(buffer.error());
    }
    const auto mapping = DmaBufMapping::map(buffer->get(), kProbeBytes, CpuAccess::ReadWrite);
    if (!mapping) {
        return tl::unexpected(mapping.error());
    }
    if (auto written = write(*mapping); !written) {
        return tl::unexpected(std::move(written.error()));
    }
    const auto speed = readBack(*mapping);
    if (!speed) {
        return tl::unexpected(speed.error());
    }
    std::vector<uint64_t> heap(kProbeBytes / sizeof(uint64_t), 1);
    const double heapSpeed = readSpeed(heap);

    ProbeResult result;
    result.cached = *speed * kUncachedFactor >= heapSpeed;
    result.detail = std::string(result.cached ? "cached by the CPU" : "NOT cached by the CPU") +
                    " (read at " + megabytesPerSecond(*speed) + ", the heap at " +
                    megabytesPerSecond(heapSpeed) + ")";
    if (device != nullptr) {
        auto imported = import(*device, buffer->get());
        if (!imported) {
            return tl::unexpected(std::move(imported.error()));
        }
        result.detail += ", " + *imported;
    }
    return result;
}

} // namespace daedalus::gbm
