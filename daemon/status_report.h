// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>

#include "daemon/worker_pool.h"

namespace daedalus::daemon {

/// What the daemon tells about itself: a JSON document, see daedalusctl(1). Nothing of it is
/// taken from clients but numbers.
std::string statusReport(const WorkerPool &pool);

} // namespace daedalus::daemon
