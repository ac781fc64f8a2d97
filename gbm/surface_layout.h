// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "gbm/format_info.h"

namespace daedalus::gbm {

/// Where the planes of a picture lie inside one buffer.
struct SurfaceLayout {
    /// Widest and highest picture that standard() lays out.
    static constexpr uint32_t kMaxDimension = 16384;

    const FormatInfo *format = nullptr;
    uint32_t width = 0;               ///< visible luma samples
    uint32_t height = 0;              ///< visible luma rows
    uint32_t alignedHeight = 0;       ///< luma rows that have memory
    std::array<uint32_t, 3> offset{}; ///< bytes from the buffer's start
    std::array<uint32_t, 3> stride{}; ///< bytes from row to row
    size_t size = 0;                  ///< bytes of the whole buffer, tail padding included

    /// The layout that every decoder can render into directly: rows as long as
    /// @p width rounded up to DAEDALUS_STRIDE_ALIGN samples, luma rows rounded up
    /// to 128 (the largest superblock), planes back to back,
    /// DAEDALUS_TAIL_PADDING bytes behind the last one.
    /// It is also a V4L2 CAPTURE layout of bytesperline stride[0] and height
    /// alignedHeight.
    /// @param width,height luma samples and rows, at most kMaxDimension each
    static SurfaceLayout standard(const FormatInfo &format, uint32_t width, uint32_t height);

    /// Bytes of @p plane's memory, from its offset to the end of its last row
    /// (the padding behind the picture's edge included).
    [[nodiscard]] size_t planeSize(unsigned plane) const;
};

} // namespace daedalus::gbm
