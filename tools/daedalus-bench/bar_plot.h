// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>
#include <vector>

#include "daedalus/result.h"
#include "tools/daedalus-bench/statistics.h"

namespace daedalus::bench {

/// One bar: the median, with a line from the least to the most.
struct Bar {
    std::string label;
    Samples samples;
};

/// Writes horizontal bars as SVG, with a line at @p mark.
/// @returns EIO
Result<void> writeBarPlot(const std::string &file, const std::string &title,
                          const std::vector<Bar> &bars, double mark);

} // namespace daedalus::bench
