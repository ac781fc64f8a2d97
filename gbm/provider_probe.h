// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>

#include "daedalus/result.h"
#include "gbm/render_node.h"
#include "gbm/surface_allocator.h"

namespace daedalus::gbm {

/// What probeProvider() found out about a provider's memory.
struct ProbeResult {
    /// Whether the CPU reads it through its caches. A decoder reads its references
    /// back; from write-combined memory that is slower by an order of magnitude.
    bool cached = false;
    /// For people: how fast it is read and whether it was imported.
    std::string detail;
};

/// Tries @p provider for real: allocates, maps read-write, writes, reads back, measures
/// how fast that goes, and imports the buffer into @p device.
/// @param device that clients will import surfaces into; null: none
Result<ProbeResult> probeProvider(SurfaceProvider &provider, const DrmDevice *device);

} // namespace daedalus::gbm
