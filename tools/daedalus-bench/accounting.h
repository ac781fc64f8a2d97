// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "tools/daedalus-bench/measurement.h"

namespace daedalus::bench {

/// User and system time so far, in seconds. Where DAEDALUS_BENCH_ACCOUNTS names a folder, the
/// AccountServer there is asked for that of the whole guest: a guest's own clocks count time
/// in which the machine does something else.
double cpuSeconds(Account account);

/// Memory in use, in bytes: of a process its proportional share of what it has mapped, of the
/// machine what is not available for others.
double memoryInUse(Account account);

} // namespace daedalus::bench
