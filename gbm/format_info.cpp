// SPDX-License-Identifier: BSD-2-Clause
#include "gbm/format_info.h"

#include <algorithm>

#include <drm_fourcc.h>
#include <linux/videodev2.h>
#include <va/va.h>

#include "daedalus_v4l2_proto.h"

// Planar 4:2:0 with ten bits in the low end of each 16-bit word. The kernel and
// libdrm have it since 2025; older headers lack it.
#ifndef DRM_FORMAT_S010
#define DRM_FORMAT_S010 fourcc_code('S', '0', '1', '0')
#endif

namespace daedalus::gbm {
namespace {

// NV12 leads because every consumer has it; whoever can take planar pictures
// looks for I420 by name. V4L2 has no multi-buffer P010, and no planar format of
// more than eight bits: that one is the module's own.
constexpr std::array<FormatInfo, 4> kFormats{{
    {.name = "NV12",
     .drm = DRM_FORMAT_NV12,
     .va = VA_FOURCC_NV12,
     .vaRtFormat = VA_RT_FORMAT_YUV420,
     .v4l2 = V4L2_PIX_FMT_NV12,
     .v4l2Multi = V4L2_PIX_FMT_NV12M,
     .planes = 2,
     .bitDepth = 8,
     .bytesPerSample = 1,
     .horizontalShift = 1,
     .verticalShift = 1,
     .drmLayers = {DRM_FORMAT_R8, DRM_FORMAT_GR88, 0}},
    {.name = "I420",
     .drm = DRM_FORMAT_YUV420,
     .va = VA_FOURCC_I420,
     .vaRtFormat = VA_RT_FORMAT_YUV420,
     .v4l2 = V4L2_PIX_FMT_YUV420,
     .v4l2Multi = V4L2_PIX_FMT_YUV420M,
     .planes = 3,
     .bitDepth = 8,
     .bytesPerSample = 1,
     .horizontalShift = 1,
     .verticalShift = 1,
     .drmLayers = {DRM_FORMAT_R8, DRM_FORMAT_R8, DRM_FORMAT_R8}},
    {.name = "P010",
     .drm = DRM_FORMAT_P010,
     .va = VA_FOURCC_P010,
     .vaRtFormat = VA_RT_FORMAT_YUV420_10,
     .v4l2 = V4L2_PIX_FMT_P010,
     .v4l2Multi = 0,
     .planes = 2,
     .bitDepth = 10,
     .bytesPerSample = 2,
     .horizontalShift = 1,
     .verticalShift = 1,
     .drmLayers = {DRM_FORMAT_R16, DRM_FORMAT_GR1616, 0}},
    {.name = "I010",
     .drm = DRM_FORMAT_S010,
     .va = VA_FOURCC_I010,
     .vaRtFormat = VA_RT_FORMAT_YUV420_10,
     .v4l2 = DAEDALUS_PIX_FMT_I010,
     .v4l2Multi = 0,
     .planes = 3,
     .bitDepth = 10,
     .bytesPerSample = 2,
     .horizontalShift = 1,
     .verticalShift = 1,
     .drmLayers = {DRM_FORMAT_R16, DRM_FORMAT_R16, DRM_FORMAT_R16}},
}};

/// First row for which @p matches holds. Zero stands for "has no such name" in
/// the table, so it must never be looked up.
template <typename Predicate>
const FormatInfo *find(uint32_t fourcc, Predicate matches)
{
    if (fourcc == 0) {
        return nullptr;
    }
    const auto *const row = std::find_if(kFormats.begin(), kFormats.end(), matches);
    return row == kFormats.end() ? nullptr : row;
}

/// @p value divided by a power of two, rounded up, without overflow.
uint32_t shiftRoundingUp(uint32_t value, unsigned shift)
{
    const uint32_t rest = value & ((1U << shift) - 1);
    return (value >> shift) + (rest != 0 ? 1 : 0);
}

} // namespace

uint32_t FormatInfo::rowBytes(unsigned plane, uint32_t width) const
{
    if (plane == 0) {
        return width * bytesPerSample;
    }
    const uint32_t samples = shiftRoundingUp(width, horizontalShift);
    return samples * bytesPerSample * (semiPlanar() ? 2 : 1);
}

uint32_t FormatInfo::rows(unsigned plane, uint32_t height) const
{
    return plane == 0 ? height : shiftRoundingUp(height, verticalShift);
}

std::span<const FormatInfo> FormatInfo::all()
{
    return kFormats;
}

const FormatInfo *FormatInfo::fromDrm(uint32_t fourcc)
{
    return find(fourcc, [fourcc](const FormatInfo &row) { return row.drm == fourcc; });
}

const FormatInfo *FormatInfo::fromVa(uint32_t fourcc)
{
    // IYUV is another name for the very same layout.
    const uint32_t name = fourcc == VA_FOURCC_IYUV ? VA_FOURCC_I420 : fourcc;
    return find(name, [name](const FormatInfo &row) { return row.va == name; });
}

const FormatInfo *FormatInfo::fromV4l2(uint32_t fourcc)
{
    return find(fourcc, [fourcc](const FormatInfo &row) {
        return row.v4l2 == fourcc || row.v4l2Multi == fourcc;
    });
}

} // namespace daedalus::gbm
