// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "daedalus/result.h"

namespace daedalus::daemon {

/// Counts latencies in classes: eight for each doubling, from a microsecond to half a minute.
/// A percentile is right to within an eighth.
class LatencyHistogram {
public:
    void add(std::chrono::nanoseconds latency);
    /// The upper end of the first class up to which @p percent of the latencies lie; zero
    /// where nothing was added.
    [[nodiscard]] std::chrono::nanoseconds percentile(unsigned percent) const;

private:
    static constexpr size_t kPerOctave = 8;
    static constexpr size_t kOctaves = 25;
    static constexpr size_t kClasses = kPerOctave * kOctaves;

    static size_t classOf(uint64_t microseconds);
    static uint64_t endOf(size_t index);

    std::array<std::atomic<uint64_t>, kClasses> counts_{};
};

/// What one session did. May lie in memory that several processes share: one writes, the others
/// read at any time.
struct SessionCounters {
    std::atomic<uint64_t> frames{0};      ///< decodes that ended well (each field counts)
    std::atomic<uint64_t> errors{0};      ///< decodes that failed
    std::atomic<uint64_t> bytesCopied{0}; ///< to fill targets
    std::atomic<uint64_t> decodeTime{0};  ///< ns in the decoder
    std::atomic<uint32_t> queueDepth{0};  ///< requests that were not finished, at the last one
    std::atomic<uint32_t> width{0};       ///< coded size of the last request
    std::atomic<uint32_t> height{0};
    std::atomic<uint32_t> pixelFormat{0}; ///< V4L2 fourcc of the targets
    std::atomic<uint32_t> threads{0};     ///< that the decoder may use
    LatencyHistogram latency;             ///< from queueing a request to its end

    /// The exporter of the targets' memory; later calls change nothing.
    void setExporter(const std::string &name);
    /// Letters, digits, _ and -, whatever the other process wrote; empty: not known.
    [[nodiscard]] std::string exporter() const;

private:
    static constexpr size_t kNameLength = 32;
    std::array<std::atomic<char>, kNameLength> exporter_{};
};

static_assert(std::atomic<uint64_t>::is_always_lock_free && std::atomic<char>::is_always_lock_free,
              "counters are shared by processes");

/// Counters in memory that processes forked later share with this one.
/// @returns ENOMEM
Result<std::shared_ptr<SessionCounters>> shareSessionCounters();

/// Name of the exporter of a DMA-BUF; empty where the kernel does not tell.
std::string dmaBufExporter(int fd);

} // namespace daedalus::daemon
