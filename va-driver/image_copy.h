// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "gbm/dma_buf.h"
#include "gbm/surface_layout.h"

namespace daedalus::va {

/// A picture in memory, as vaGetImage and vaPutImage see it.
struct PictureView {
    const gbm::FormatInfo *format = nullptr;
    uint32_t width = 0;
    uint32_t height = 0;
    /// First bytes of Y, then UV or U and V, wherever the format puts these.
    std::array<std::byte *, 3> plane{};
    std::array<uint32_t, 3> stride{}; ///< bytes from row to row
};

/// A surface's visible picture in its mapped memory.
PictureView viewOf(const gbm::SurfaceLayout &layout, const gbm::DmaBufMapping &mapping);

/// A rectangle to copy and where to.
struct CopyArea {
    uint32_t srcX = 0;
    uint32_t srcY = 0;
    uint32_t destX = 0;
    uint32_t destY = 0;
    uint32_t width = 0;
    uint32_t height = 0;
};

/// Whether pictures of the one format can be copied into those of the other:
/// those with as many bits, chroma interleaved or not.
bool canCopy(const gbm::FormatInfo &source, const gbm::FormatInfo &dest);

/// Copies a rectangle, which has to lie inside both pictures. Chroma samples that
/// the rectangle covers in part are copied, too.
void copyPicture(const PictureView &source, const PictureView &dest, const CopyArea &area);

} // namespace daedalus::va
