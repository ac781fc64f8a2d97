// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <nlohmann/json.hpp>

#include "daedalus/result.h"
#include "tools/daedalus-bench/options.h"

namespace daedalus::bench {

/// Measures everything that @p options ask for, the paths in turns, and says on stderr how far
/// it is. What cannot be measured is said and left out; nothing at all is an Error.
Result<nlohmann::json> runPlan(const RunOptions &options);

} // namespace daedalus::bench
