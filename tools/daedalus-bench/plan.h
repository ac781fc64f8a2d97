// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "daedalus/result.h"

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

/// Measures everything that @p options ask for, the paths in turns, and says on stderr how far
/// it is. What cannot be measured is said and left out; nothing at all is an Error.
Result<nlohmann::json> runPlan(const RunOptions &options);

} // namespace daedalus::bench
