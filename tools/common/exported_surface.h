// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <va/va.h>

#include "daedalus/result.h"
#include "daedalus/unique_fd.h"

namespace daedalus::tools {

/// Where a plane of an exported surface is.
struct ExportedPlane {
    int fd = -1; ///< the DMA-BUF; owned by the ExportedSurface
    uint32_t offset = 0;
    uint32_t pitch = 0;
    uint64_t modifier = 0; ///< DRM_FORMAT_MOD_*, DRM_FORMAT_MOD_INVALID where unknown
};

/// How to hand a surface's planes out.
enum class ExportLayers {
    Composed, ///< one layer with all planes
    Separate, ///< a layer for each plane
};

/// A layer: what becomes one EGLImage.
struct ExportedLayer {
    uint32_t drmFormat = 0;
    uint32_t width = 0; ///< pixels of drmFormat
    uint32_t height = 0;
    std::vector<ExportedPlane> planes;
};

/// A surface as PRIME descriptors, which it owns.
struct ExportedSurface {
    std::vector<UniqueFd> objects;
    std::vector<ExportedLayer> layers;
};

/// Exports @p surface for reading.
/// @param vaFourcc the surface's format
/// @param width,height of the surface in luma samples; a plane's size follows from the format
Result<ExportedSurface> exportSurface(VADisplay display, VASurfaceID surface, ExportLayers layers,
                                      uint32_t vaFourcc, uint32_t width, uint32_t height);

} // namespace daedalus::tools
