// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "tools/daedalus-conformance/options.h"
#include "tools/daedalus-conformance/runner.h"

namespace daedalus::conformance {

/// How many streams ended in which way.
struct Totals {
    size_t exact = 0;
    size_t refused = 0;
    size_t bad = 0;
    uint64_t frames = 0; ///< expected
    uint64_t delivered = 0;
    uint64_t exactFrames = 0;
};

Totals totalsOf(const std::vector<Outcome> &outcomes);

/// Whether all is as it should be.
bool good(const Totals &totals, const Options &options);

void printTable(std::ostream &out, const std::vector<Outcome> &outcomes,
                const std::vector<std::string> &skipped, const Options &options);

/// @param module counters of the kernel module, or null
nlohmann::json toJson(const std::vector<Outcome> &outcomes, const std::vector<std::string> &skipped,
                      const nlohmann::json &module);

} // namespace daedalus::conformance
