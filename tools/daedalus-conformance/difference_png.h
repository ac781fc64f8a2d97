// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>

#include "daedalus/result.h"
#include "tools/common/picture.h"

namespace daedalus::conformance {

/// Writes a PNG with three pictures side by side: what was expected, what was delivered, and
/// where they differ (black is the same; the least difference is well visible). Pictures may
/// be of different sizes; an empty one is shown as black.
Result<void> writeDifferencePng(const std::string &path, const tools::Picture &expected,
                                const tools::Picture &got);

} // namespace daedalus::conformance
