// SPDX-License-Identifier: BSD-2-Clause
#include "gbm/frame_buffer.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

namespace daedalus::gbm {
namespace {

// Far beyond any picture; keeps the products of rows and strides in 64 bits.
constexpr uint32_t kMaxSamples = 1U << 20;

std::string planeName(const FormatInfo &format, unsigned plane)
{
    return "plane " + std::to_string(plane) + " of a " + std::string(format.name) + " picture";
}

/// Bytes from the plane's first sample to the end of its last row's samples.
uint64_t bytesNeeded(const FormatInfo &format, unsigned plane, uint32_t width, uint32_t height,
                     uint32_t stride)
{
    return uint64_t{stride} * (format.rows(plane, height) - 1) + format.rowBytes(plane, width);
}

Result<void> checkPlane(const FormatInfo &format, unsigned index, uint32_t width, uint32_t height,
                        const FrameBuffer::Plane &plane)
{
    if (!plane.mapping) {
        return fail(EINVAL, planeName(format, index) + " has no memory");
    }
    if (plane.stride < format.rowBytes(index, width)) {
        return fail(EINVAL, planeName(format, index) + ": a stride of " +
                                std::to_string(plane.stride) + " bytes is less than a row");
    }
    if (plane.stride % format.bytesPerSample != 0 || plane.offset % format.bytesPerSample != 0) {
        return fail(EINVAL, planeName(format, index) + " does not start rows at whole samples");
    }
    if (uint64_t{plane.offset} + plane.size > plane.mapping->size()) {
        return fail(EINVAL, planeName(format, index) + " ends behind the end of its buffer");
    }
    if (bytesNeeded(format, index, width, height, plane.stride) > plane.size) {
        return fail(EINVAL, planeName(format, index) + ": " + std::to_string(plane.size) +
                                " bytes do not hold " + std::to_string(height) + " luma rows");
    }
    return {};
}

/// Bytes from @p plane's offset to the next plane or to the buffer's end: what
/// may be touched there.
uint32_t extent(const SurfaceLayout &layout, unsigned plane)
{
    size_t end = layout.size;
    for (unsigned other = 0; other < layout.format->planes; ++other) {
        if (other != plane && layout.offset[other] >= layout.offset[plane]) {
            end = std::min(end, size_t{layout.offset[other]});
        }
    }
    const size_t start = std::min(end, size_t{layout.offset[plane]});
    return static_cast<uint32_t>(std::min<size_t>(end - start, UINT32_MAX));
}

/// Luma samples that every plane has memory for in a row of its stride.
uint32_t widthOfStrides(const SurfaceLayout &layout)
{
    const FormatInfo &format = *layout.format;
    uint32_t width = kMaxSamples;
    for (unsigned plane = 0; plane < format.planes; ++plane) {
        const uint32_t samples = layout.stride[plane] / format.bytesPerSample;
        if (plane == 0) {
            width = std::min(width, samples);
        } else {
            const uint32_t chroma =
                std::min(kMaxSamples, format.semiPlanar() ? samples / 2 : samples);
            width = std::min(width, chroma << format.horizontalShift);
        }
    }
    return width;
}

bool holds(const SurfaceLayout &layout, std::span<const FrameBuffer::Plane> planes, uint32_t width)
{
    for (unsigned plane = 0; plane < planes.size(); ++plane) {
        if (bytesNeeded(*layout.format, plane, width, layout.alignedHeight, layout.stride[plane]) >
            planes[plane].size) {
            return false;
        }
    }
    return true;
}

} // namespace

Result<std::shared_ptr<const FrameBuffer>> FrameBuffer::create(const FormatInfo &format,
                                                               uint32_t width, uint32_t height,
                                                               std::span<const Plane> planes,
                                                               AccessBegins begins)
{
    if (width == 0 || height == 0 || width > kMaxSamples || height > kMaxSamples) {
        return fail(EINVAL,
                    "a picture cannot be " + std::to_string(width) + "x" + std::to_string(height));
    }
    if (planes.size() != format.planes) {
        return fail(EINVAL, std::string(format.name) + " has " + std::to_string(format.planes) +
                                " planes, not " + std::to_string(planes.size()));
    }
    for (unsigned index = 0; index < planes.size(); ++index) {
        if (auto checked = checkPlane(format, index, width, height, planes[index]); !checked) {
            return tl::unexpected(std::move(checked.error()));
        }
    }

    auto frame = std::shared_ptr<FrameBuffer>(new FrameBuffer);
    frame->format_ = &format;
    frame->width_ = width;
    frame->height_ = height;
    frame->begins_ = begins;
    std::copy(planes.begin(), planes.end(), frame->planes_.begin());
    return frame;
}

Result<std::shared_ptr<const FrameBuffer>>
FrameBuffer::create(const std::shared_ptr<DmaBufMapping> &mapping, const SurfaceLayout &layout)
{
    if (layout.format == nullptr || layout.width == 0 || layout.alignedHeight == 0 ||
        layout.alignedHeight < layout.height) {
        return fail(EINVAL, "the layout of a surface is incomplete");
    }
    std::array<Plane, 3> planes;
    for (unsigned index = 0; index < layout.format->planes; ++index) {
        planes[index] = {.mapping = mapping,
                         .offset = layout.offset[index],
                         .stride = layout.stride[index],
                         .size = extent(layout, index)};
    }
    const std::span used(planes.data(), layout.format->planes);
    // The rest of a row is memory, too, except perhaps behind a client's last row.
    const uint32_t padded = widthOfStrides(layout);
    const uint32_t width = holds(layout, used, padded) ? padded : layout.width;
    return create(*layout.format, std::max(width, layout.width), layout.alignedHeight, used);
}

uint8_t *FrameBuffer::data(unsigned plane) const
{
    return reinterpret_cast<uint8_t *>(planes_[plane].mapping->data()) + planes_[plane].offset;
}

template <typename Function>
Result<void> FrameBuffer::forEachMapping(Function function) const
{
    Result<void> result;
    for (unsigned plane = 0; plane < format_->planes; ++plane) {
        const DmaBufMapping *mapping = planes_[plane].mapping.get();
        const auto isSame = [mapping](const Plane &other) {
            return other.mapping.get() == mapping;
        };
        if (std::any_of(planes_.begin(), planes_.begin() + plane, isSame)) {
            continue;
        }
        // All of them, whatever becomes of one: an access that ends must end everywhere.
        if (auto done = function(*mapping); !done && result) {
            result = std::move(done);
        }
    }
    return result;
}

bool FrameBuffer::sharesMemory(const FrameBuffer &other) const
{
    const std::span mine(planes_.data(), format_->planes);
    const std::span theirs(other.planes_.data(), other.format_->planes);
    return std::any_of(mine.begin(), mine.end(), [theirs](const Plane &plane) {
        return std::any_of(theirs.begin(), theirs.end(), [&plane](const Plane &theirPlane) {
            return plane.mapping->sameBuffer(*theirPlane.mapping);
        });
    });
}

Result<void> FrameBuffer::beginAccess(CpuAccess access) const
{
    if (begins_ == AccessBegins::Elsewhere) {
        return {};
    }
    return forEachMapping(
        [access](const DmaBufMapping &mapping) { return mapping.beginAccess(access); });
}

Result<void> FrameBuffer::endAccess(CpuAccess access) const
{
    return forEachMapping(
        [access](const DmaBufMapping &mapping) { return mapping.endAccess(access); });
}

} // namespace daedalus::gbm
