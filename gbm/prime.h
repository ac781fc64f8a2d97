// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <cstdint>

#include "daedalus/result.h"
#include "daedalus/unique_fd.h"

namespace daedalus::gbm {

/// The raster of bytes by which a DRM driver is asked for plain memory.
struct Raster {
    uint32_t width;  ///< bytes in a row
    uint32_t height; ///< rows
};

/// A raster of at least @p size bytes that is no larger in either direction than
/// drivers allow. EFBIG when there is none, EINVAL for nothing.
Result<Raster> rasterFor(size_t size);

/// Exports a buffer of @p drmFd as a DMA-BUF that can be mapped read-write.
Result<UniqueFd> exportHandle(int drmFd, uint32_t handle);

/// Whether a device can use a DMA-BUF: imports @p dmaBuf into @p drmFd and closes the handle.
Result<void> tryImport(int drmFd, int dmaBuf);

} // namespace daedalus::gbm
