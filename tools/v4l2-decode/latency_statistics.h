// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace daedalus::v4l2decode {

/// Collects how long requests took.
class LatencyStatistics {
public:
    void add(std::chrono::nanoseconds latency) { samples_.push_back(latency); }

    /// One line: count, mean, percentiles and maximum, in ms. Sorts the samples.
    std::string summary();

private:
    std::vector<std::chrono::nanoseconds> samples_;
};

/// Milliseconds with three digits, e.g. "1.234".
std::string milliseconds(std::chrono::nanoseconds duration);

} // namespace daedalus::v4l2decode
