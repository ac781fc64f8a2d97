// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "daedalus/result.h"

namespace daedalus::bench {

/// Round trips of a byte between two processes over pipes, in seconds, the median of many.
Result<double> pipeRoundTrip();

} // namespace daedalus::bench
