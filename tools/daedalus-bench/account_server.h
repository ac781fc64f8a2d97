// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>
#include <vector>

#include "daedalus/result.h"

namespace daedalus::bench {

/// Runs a command, a guest, and answers those in it who ask how much CPU time it has taken of
/// this machine: for each file ask.N in @p folder there will be a file answer.N with the seconds
/// that all descendants of this process have run.
/// @returns the command's exit status
Result<int> serveAccounts(const std::string &folder, const std::vector<std::string> &command);

} // namespace daedalus::bench
