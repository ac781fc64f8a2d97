// SPDX-License-Identifier: BSD-2-Clause
#include "engine/picture.h"

#include <algorithm>
#include <cerrno>

namespace daedalus::engine {
namespace {

/// Vector code reads up to a row and a few bytes behind what it needs: libavcodec's
/// chroma interpolation "reads one line too much" (avcodec_align_dimensions2()).
constexpr size_t kOverreadBytes = 64;
/// Chroma planes of private pictures start at different places of a cache way.
constexpr size_t kPlaneGap = 256;

constexpr uint32_t alignUp(uint32_t value, uint32_t alignment)
{
    return (value + alignment - 1) / alignment * alignment;
}

size_t bytesWanted(uint32_t stride, uint32_t rows)
{
    return size_t{stride} * (rows + 1) + kOverreadBytes;
}

/// Bytes from the plane's start that may at least be read: up to the end of the
/// last of the planes that follow without a hole.
size_t readableBytes(const gbm::FrameBuffer &target, unsigned plane)
{
    const uint8_t *start = target.data(plane);
    const uint8_t *end = start + target.size(plane);
    for (unsigned pass = 0; pass < target.format().planes; ++pass) {
        for (unsigned next = 0; next < target.format().planes; ++next) {
            const uint8_t *begin = target.data(next);
            if (begin <= end && end < begin + target.size(next)) {
                end = begin + target.size(next);
            }
        }
    }
    return static_cast<size_t>(end - start);
}

/// Whether a decoder can write @p plane of the buffer as it lies there.
bool rendersInto(const gbm::FrameBuffer &target, unsigned plane, const PictureNeeds &needs)
{
    const unsigned shift = plane == 0 ? 0 : 1;
    const uint32_t rows = needs.alignedHeight >> shift;
    const uint32_t stride = target.stride(plane);
    return reinterpret_cast<uintptr_t>(target.data(plane)) % needs.alignment == 0 &&
           stride % needs.alignment == 0 &&
           stride >= (needs.alignedWidth >> shift) * needs.bytesPerSample() &&
           target.height() >= needs.alignedHeight && target.width() >= needs.width &&
           readableBytes(target, plane) >= bytesWanted(stride, rows);
}

/// Whether the buffer's samples look like the decoder's.
bool sameSamples(const gbm::FormatInfo &format, const PictureNeeds &needs)
{
    // More than 8 bits are in the low end for a decoder and for planar formats, but in
    // the high end for P010.
    return format.bitDepth == needs.bitDepth && format.horizontalShift == 1 &&
           format.verticalShift == 1 && (needs.bitDepth == 8 || !format.semiPlanar());
}

bool lumaInPlace(const gbm::FrameBuffer &target, const PictureNeeds &needs)
{
    return sameSamples(target.format(), needs) && rendersInto(target, 0, needs);
}

bool chromaInPlace(const gbm::FrameBuffer &target, const PictureNeeds &needs)
{
    return !target.format().semiPlanar() && sameSamples(target.format(), needs) &&
           target.stride(1) == target.stride(2) && rendersInto(target, 1, needs) &&
           rendersInto(target, 2, needs);
}

Strides privateStrides(const PictureNeeds &needs)
{
    // Luma rows twice as long as chroma rows, both aligned.
    const uint32_t luma = alignUp(needs.alignedWidth * needs.bytesPerSample(), 2 * needs.alignment);
    return {luma, luma / 2};
}

} // namespace

Result<std::shared_ptr<const Picture>>
Picture::create(std::shared_ptr<const gbm::FrameBuffer> target, const PictureNeeds &needs,
                const std::optional<Strides> &strides, MemoryPool &pool)
{
    auto picture = std::shared_ptr<Picture>(new Picture);
    picture->width_ = needs.width;
    picture->height_ = needs.height;
    picture->bitDepth_ = needs.bitDepth;

    bool luma = target && lumaInPlace(*target, needs);
    bool chroma = target && chromaInPlace(*target, needs);
    picture->strides_ = strides.value_or(privateStrides(needs));
    if (!strides && luma) {
        picture->strides_ = {target->stride(0), alignUp(target->stride(0) / 2, needs.alignment)};
    }
    if (!strides && chroma) {
        picture->strides_.chroma = target->stride(1);
    }
    luma = luma && target->stride(0) == picture->strides_.luma;
    chroma = chroma && target->stride(1) == picture->strides_.chroma;
    for (unsigned plane = 0; plane < 3; ++plane) {
        if (plane == 0 ? luma : chroma) {
            picture->data_[plane] = target->data(plane);
            picture->size_[plane] = target->size(plane);
        }
    }
    if (luma || chroma) {
        picture->target_ = std::move(target);
    }
    if (!picture->placePrivatePlanes(needs, pool)) {
        return fail(ENOMEM, "no memory for a picture");
    }
    return picture;
}

bool Picture::placePrivatePlanes(const PictureNeeds &needs, MemoryPool &pool)
{
    std::array<size_t, 3> offset{};
    size_t total = 0;
    for (unsigned plane = 0; plane < 3; ++plane) {
        if (data_[plane] == nullptr) {
            const uint32_t rows = plane == 0 ? needs.alignedHeight : needs.alignedHeight / 2;
            size_[plane] = bytesWanted(stride(plane), rows);
            offset[plane] = total;
            total += (size_[plane] + kPlaneGap) / MemoryPool::kAlignment * MemoryPool::kAlignment;
        }
    }
    if (total == 0) {
        return true;
    }
    memory_ = pool.allocate(total);
    if (!memory_) {
        return false;
    }
    for (unsigned plane = 0; plane < 3; ++plane) {
        if (data_[plane] == nullptr) {
            data_[plane] = memory_.get() + offset[plane];
        }
    }
    return true;
}

} // namespace daedalus::engine
