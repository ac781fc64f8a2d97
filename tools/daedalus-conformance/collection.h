// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>
#include <vector>

#include "tools/daedalus-conformance/client.h"
#include "tools/daedalus-conformance/options.h"

namespace daedalus::conformance {

/// What there is to decode.
struct Collection {
    std::vector<Stream> streams;
    std::vector<std::string> skipped; ///< "FILE: why"
};

/// Looks through files and folders, or an index that tests/streams/prepare made.
/// @param scratch where elementary streams are put, of containers that have others
Result<Collection> collect(const Options &options, const std::string &scratch);

} // namespace daedalus::conformance
