// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "daedalus/result.h"
#include "tools/daedalus-bench/options.h"

namespace daedalus::bench {

/// Writes docs/performance.md and its plots from results of daedalus-bench run.
/// @returns EINVAL: a file is none of those; EIO: something cannot be written
Result<void> writeReport(const ReportOptions &options);

} // namespace daedalus::bench
