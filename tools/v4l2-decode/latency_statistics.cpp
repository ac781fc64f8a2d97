// SPDX-License-Identifier: BSD-2-Clause
#include "tools/v4l2-decode/latency_statistics.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>

namespace daedalus::v4l2decode {

std::string milliseconds(std::chrono::nanoseconds duration)
{
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3f",
                  std::chrono::duration<double, std::milli>(duration).count());
    return text.data();
}

std::string LatencyStatistics::summary()
{
    if (samples_.empty()) {
        return "no requests";
    }
    std::sort(samples_.begin(), samples_.end());
    // Nearest rank: the smallest sample that is not below so many percent of them.
    const auto percentile = [this](size_t percent) {
        const size_t rank = (samples_.size() * percent + 99) / 100;
        return milliseconds(samples_[std::max<size_t>(rank, 1) - 1]);
    };
    const auto sum = std::accumulate(samples_.begin(), samples_.end(), std::chrono::nanoseconds{0});
    return std::to_string(samples_.size()) + " requests, latency in ms: mean " +
           milliseconds(sum / static_cast<int64_t>(samples_.size())) + ", p50 " + percentile(50) +
           ", p90 " + percentile(90) + ", p99 " + percentile(99) + ", max " + percentile(100);
}

} // namespace daedalus::v4l2decode
