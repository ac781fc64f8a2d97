// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "tools/daedalus-bench/measurement.h"

namespace daedalus::bench {

/// daedalus-bench run
struct RunOptions {
    std::vector<std::string> films;
    std::vector<std::string> parts;
    std::vector<std::string> paths;
    std::vector<unsigned> threads{1};
    std::vector<unsigned> streams{1, 2, 4, 8, 16};
    unsigned mostInProcess = 16; ///< of the films at once, with VA-API in process
    unsigned repeats = 9;
    bool wholeMachine = false;
    std::string node = "/dev/dri/renderD128";
    std::string place; ///< for the report: what kind of machine
    std::string json;  ///< written to
};

/// daedalus-bench once
struct OnceOptions {
    std::string film;
    Job job;
};

/// daedalus-bench serve-accounts
struct ServeOptions {
    std::string folder;
    std::vector<std::string> command;
};

/// What the command line asks for; an int: the exit status to end with at once.
using Parsed = std::variant<RunOptions, OnceOptions, ServeOptions, int>;
Parsed parseOptions(int argc, char **argv);

} // namespace daedalus::bench
