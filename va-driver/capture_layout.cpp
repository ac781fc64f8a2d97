// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/capture_layout.h"

#include <array>

#include "daedalus_v4l2_proto.h"

namespace daedalus::va {

namespace {

constexpr uint32_t kStrideStep = 16;

struct Planes {
    std::array<uint32_t, 3> offset{};
    std::array<uint32_t, 3> stride{};
    size_t size = 0;
};

Planes planesOf(const gbm::FormatInfo &format, uint32_t stride, uint32_t rows)
{
    Planes planes;
    for (unsigned plane = 0; plane < format.planes; ++plane) {
        const bool half = plane > 0 && !format.semiPlanar();
        planes.stride[plane] = half ? stride >> format.horizontalShift : stride;
        planes.offset[plane] = static_cast<uint32_t>(planes.size);
        planes.size += size_t{planes.stride[plane]} * format.rows(plane, rows);
    }
    planes.size += DAEDALUS_TAIL_PADDING;
    return planes;
}

} // namespace

std::optional<CaptureLayout> CaptureLayout::of(const gbm::SurfaceLayout &surface)
{
    CaptureLayout layout;
    layout.format = surface.format;
    layout.stride = surface.stride[0];
    layout.rows = surface.offset[1] / surface.stride[0];
    layout.size = planesOf(*layout.format, layout.stride, layout.rows).size;
    if (layout.format->v4l2 == 0 || layout.stride % kStrideStep != 0 || layout.rows == 0 ||
        layout.rows % DAEDALUS_HEIGHT_ALIGN != 0 || !layout.matches(surface)) {
        return std::nullopt;
    }
    return layout;
}

bool CaptureLayout::matches(const gbm::SurfaceLayout &surface) const
{
    const Planes planes = planesOf(*format, stride, rows);
    return surface.format == format && surface.offset == planes.offset &&
           surface.stride == planes.stride && surface.size >= planes.size;
}

v4l2::V4l2Format CaptureLayout::toFormat(uint32_t codedWidth) const
{
    v4l2::V4l2Format wanted;
    wanted.fourcc = format->v4l2;
    wanted.width = codedWidth;
    wanted.height = rows;
    wanted.planes.push_back({stride, 0});
    return wanted;
}

std::optional<CaptureLayout> CaptureLayout::fromFormat(const v4l2::V4l2Format &format)
{
    const gbm::FormatInfo *info = gbm::FormatInfo::fromV4l2(format.fourcc);
    if (info == nullptr || info->v4l2 != format.fourcc || format.planes.size() != 1) {
        return std::nullopt;
    }
    CaptureLayout layout;
    layout.format = info;
    layout.stride = format.planes[0].stride;
    layout.rows = format.height;
    layout.size = planesOf(*info, layout.stride, layout.rows).size;
    if (layout.size != format.planes[0].size) {
        return std::nullopt;
    }
    return layout;
}

} // namespace daedalus::va
