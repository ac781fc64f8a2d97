// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>
#include <vector>

#include "tools/daedalus-bench/results.h"

namespace daedalus::bench {

/// What the project wants to reach, and whether it does: a table in Markdown with a row for each
/// claim and place where it was measured; empty where nothing was.
std::string claimsTable(const std::vector<Results> &places);

/// Total throughput of key.streams films at once over that of one, in the same repeat.
Samples throughputGain(const Results &results, const Results::Key &key);
/// Microseconds by which a picture takes longer than 1.05 of bare decoding's, in each repeat.
Samples latencyOverhead(const Results &results, const Results::Key &key);

} // namespace daedalus::bench
