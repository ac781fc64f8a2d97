// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <memory>

#include "tools/common/colour.h"
#include "tools/common/libav_handles.h"
#include "tools/common/surface_pool.h"

namespace daedalus::play {

/// A rectangle of luma samples.
struct SampleRect {
    uint32_t x = 0;
    uint32_t y = 0;
    uint32_t width = 0;
    uint32_t height = 0;
};

/// A decoded picture. As long as this lives the decoder does not get the surface back.
struct VideoFrame {
    tools::AvPtr<AVFrame> frame;
    std::shared_ptr<tools::SurfacePool> pool;
    VASurfaceID surface = VA_INVALID_SURFACE;
    SampleRect visible;       ///< of the surface
    double pixelAspect = 1.0; ///< width of a sample by its height
    tools::Colours colours;
    double time = 0; ///< seconds since the stream's start
    uint64_t number = 0;
};

} // namespace daedalus::play
