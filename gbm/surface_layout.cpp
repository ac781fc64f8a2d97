// SPDX-License-Identifier: BSD-2-Clause
#include "gbm/surface_layout.h"

#include "daedalus_v4l2_proto.h"

namespace daedalus::gbm {
namespace {

// AV1's largest superblock, which is also a multiple of what the module wants.
constexpr uint32_t kHeightAlign = 128;
static_assert(kHeightAlign % DAEDALUS_HEIGHT_ALIGN == 0);

// Every offset fits its 32 bits: two bytes a sample, 4:2:0, the largest size.
static_assert(uint64_t{SurfaceLayout::kMaxDimension} * SurfaceLayout::kMaxDimension * 2 * 3 / 2 +
                  DAEDALUS_TAIL_PADDING <=
              UINT32_MAX);
static_assert(SurfaceLayout::kMaxDimension % kHeightAlign == 0);
static_assert(SurfaceLayout::kMaxDimension % DAEDALUS_STRIDE_ALIGN == 0);

constexpr uint32_t alignUp(uint32_t value, uint32_t alignment)
{
    return (value + alignment - 1) / alignment * alignment;
}

} // namespace

SurfaceLayout SurfaceLayout::standard(const FormatInfo &format, uint32_t width, uint32_t height)
{
    SurfaceLayout layout;
    layout.format = &format;
    layout.width = width;
    layout.height = height;
    layout.alignedHeight = alignUp(height, kHeightAlign);

    // In samples, not in bytes: decoders write whole superblocks of samples.
    const uint32_t alignedWidth = alignUp(width, DAEDALUS_STRIDE_ALIGN);
    uint32_t end = 0;
    for (unsigned plane = 0; plane < format.planes; ++plane) {
        layout.stride[plane] = format.rowBytes(plane, alignedWidth);
        layout.offset[plane] = end;
        end += layout.stride[plane] * format.rows(plane, layout.alignedHeight);
    }
    layout.size = size_t{end} + DAEDALUS_TAIL_PADDING;
    return layout;
}

size_t SurfaceLayout::planeSize(unsigned plane) const
{
    return size_t{stride[plane]} * format->rows(plane, alignedHeight);
}

} // namespace daedalus::gbm
