// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>
#include <vector>

#include "daedalus/result.h"

namespace daedalus::bench {

/// Whose CPU time and memory a measurement is.
enum class Account {
    Process, ///< of the process that decodes
    Machine, ///< of the whole machine, where other processes take part and nothing else runs
};

/// User and system time so far, in seconds. Where DAEDALUS_BENCH_ACCOUNTS names a folder,
/// serveAccounts() is asked there for that of the whole guest: a guest's own clocks count time
/// in which the machine does something else.
double cpuSeconds(Account account);

/// Memory in use, in bytes: of a process its proportional share of what it has mapped, of the
/// machine what is not available for others.
double memoryInUse(Account account);

/// Runs a command, a guest, and answers those in it who ask how much CPU time it has taken of
/// this machine: for each file ask.N in @p folder there will be a file answer.N with the seconds
/// that all descendants of this process have run.
/// @returns EIO: the command failed
Result<void> serveAccounts(const std::string &folder, const std::vector<std::string> &command);

} // namespace daedalus::bench
