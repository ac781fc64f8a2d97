// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/chardev-pingpong/module_files.h"

namespace daedalus::pingpong {

/// Where the module's files are.
struct Paths {
    std::string device;
    std::string debugfs;
};

/// One thing that the control device has to do.
struct Check {
    /// What is checked, one line.
    std::string name;
    /// Succeeds, or tells what happened instead; given the control device.
    std::function<Result<void>(int device)> run;
};

/// All checks, in the order in which they have to run on a freshly opened device.
std::vector<Check> makeChecks(const Paths &paths);

} // namespace daedalus::pingpong
