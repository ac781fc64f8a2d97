// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>

#include "daemon/worker_pool.h"

namespace daedalus::daemon {

/// The daemon's counters as a JSON document, see daedalusctl(1). Of what clients sent it has
/// only numbers.
std::string statusReport(const WorkerPool &pool);

} // namespace daedalus::daemon
