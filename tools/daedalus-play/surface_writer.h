// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <span>

#include <va/va.h>

#include "daedalus/result.h"
#include "tools/common/surface_pool.h"

namespace daedalus::play {

/// Writes a picture into a surface, by way of vaDeriveImage, or vaPutImage where the driver
/// does not show surfaces as they are.
/// @param samples all of the surface as PlaneReader::read() gives it: tight planar YUV
Result<void> writeSurface(VADisplay display, VASurfaceID surface,
                          const tools::SurfacePool::Shape &shape, std::span<const uint8_t> samples);

} // namespace daedalus::play
