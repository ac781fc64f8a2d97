// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace daedalus::gbm {

/// One row of the table that maps a picture format to the names that the
/// different interfaces have for it. Every translation between DRM, V4L2 and
/// VA-API formats goes through this table.
struct FormatInfo {
    std::string_view name;   ///< for people: "NV12"
    uint32_t drm;            ///< DRM_FORMAT_*
    uint32_t va;             ///< VA_FOURCC_*
    uint32_t vaRtFormat;     ///< VA_RT_FORMAT_*
    uint32_t v4l2;           ///< V4L2_PIX_FMT_*, all planes in one buffer
    uint32_t v4l2Multi;      ///< V4L2_PIX_FMT_*, one buffer for each plane, or 0
    uint8_t planes;          ///< colour planes: 2 (semi-planar) or 3 (planar)
    uint8_t bitDepth;        ///< significant bits of a sample
    uint8_t bytesPerSample;  ///< 1 or 2
    uint8_t horizontalShift; ///< log2 of the horizontal chroma subsampling
    uint8_t verticalShift;   ///< log2 of the vertical chroma subsampling
    /// DRM formats to export each plane as when planes are separate layers.
    std::array<uint32_t, 3> drmLayers;

    /// True for NV12 and its relatives: U and V interleaved in plane 1.
    [[nodiscard]] bool semiPlanar() const { return planes == 2; }

    /// Bytes of samples in a row of @p plane that is @p width luma samples wide.
    [[nodiscard]] uint32_t rowBytes(unsigned plane, uint32_t width) const;
    /// Rows of @p plane for @p height luma rows.
    [[nodiscard]] uint32_t rows(unsigned plane, uint32_t height) const;

    /// All rows, in the order in which they should be offered.
    static std::span<const FormatInfo> all();
    /// Lookups; null where the format is not in the table.
    static const FormatInfo *fromDrm(uint32_t fourcc);
    static const FormatInfo *fromVa(uint32_t fourcc);
    static const FormatInfo *fromV4l2(uint32_t fourcc);
};

} // namespace daedalus::gbm
