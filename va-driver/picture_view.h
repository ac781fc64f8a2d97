// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "gbm/dma_buf.h"
#include "gbm/surface_layout.h"
#include "va-driver/image_copy.h"

namespace daedalus::va {

/// A surface's visible picture in its mapped memory.
inline PictureView viewOf(const gbm::SurfaceLayout &layout, const gbm::DmaBufMapping &mapping)
{
    PictureView view{layout.format, layout.width, layout.height, {}, layout.stride};
    for (unsigned plane = 0; plane < layout.format->planes; ++plane) {
        view.plane[plane] = mapping.data() + layout.offset[plane];
    }
    return view;
}

} // namespace daedalus::va
