// SPDX-License-Identifier: BSD-2-Clause
#include "gbm/provider_probe.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <numeric>
#include <span>
#include <thread>
#include <utility>
#include <vector>

#include <xf86drm.h>

#include "gbm/dma_buf.h"
#include "gbm/prime.h"

namespace daedalus::gbm {
namespace {

constexpr size_t kProbeBytes = size_t{256} * 1024;

/// Memory that is read this many times slower than the heap is not cached. (Uncached
/// memory was seen to be ten and more times slower.)
constexpr double kUncachedFactor = 4.0;

std::span<uint64_t> words(std::span<std::byte> bytes)
{
    return {reinterpret_cast<uint64_t *>(bytes.data()), bytes.size() / sizeof(uint64_t)};
}

/// Bytes a second at which the CPU reads @p memory. In the thread's own time, which does not
/// go on while another has the CPU.
double readSpeed(std::span<const uint64_t> memory)
{
    const auto now = [] {
        timespec time{};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
    };
    const double start = now();
    const volatile uint64_t sum = std::accumulate(memory.begin(), memory.end(), uint64_t{0});
    static_cast<void>(sum);
    constexpr double kLeastSeconds = 1e-9; // a coarse clock may say zero
    return static_cast<double>(memory.size_bytes()) / std::max(now() - start, kLeastSeconds);
}

/// The best speeds that were seen: those of the passes that nothing disturbed.
struct ReadSpeeds {
    double memory = 0;
    double heap = 0;

    [[nodiscard]] bool cached() const { return memory * kUncachedFactor >= heap; }
};

/// Compares @p memory with the heap. On a busy machine a pass may be many times slower than
/// the memory is, for many passes on end; so a bad result has to stay bad.
ReadSpeeds compareWithHeap(std::span<const uint64_t> memory)
{
    constexpr int kLeastPasses = 4;
    constexpr int kMostPasses = 16;
    constexpr std::chrono::milliseconds kPause{1};
    const std::vector<uint64_t> heap(memory.size(), 1);
    ReadSpeeds best;
    for (int pass = 0; pass < kLeastPasses || (!best.cached() && pass < kMostPasses); ++pass) {
        if (pass >= kLeastPasses) {
            std::this_thread::sleep_for(kPause);
        }
        best.memory = std::max(best.memory, readSpeed(memory));
        best.heap = std::max(best.heap, readSpeed(heap));
    }
    return best;
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

Result<ReadSpeeds> readBack(const std::shared_ptr<DmaBufMapping> &mapping)
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
    return compareWithHeap(memory);
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
    const auto speeds = readBack(*mapping);
    if (!speeds) {
        return tl::unexpected(speeds.error());
    }

    ProbeResult result;
    result.cached = speeds->cached();
    result.detail = std::string(result.cached ? "cached by the CPU" : "NOT cached by the CPU") +
                    " (read at " + megabytesPerSecond(speeds->memory) + ", the heap at " +
                    megabytesPerSecond(speeds->heap) + ")";
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
