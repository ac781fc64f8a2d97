// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/image_copy.h"

#include <algorithm>
#include <cstring>

namespace daedalus::va {

namespace {

/// A rectangle of one plane, in samples of that plane.
struct PlaneArea {
    uint32_t srcX, srcY, destX, destY, width, height;
};

/// The chroma samples that belong to a rectangle of luma samples.
PlaneArea chromaArea(const CopyArea &area, const gbm::FormatInfo &format, const PictureView &dest)
{
    const unsigned h = format.horizontalShift;
    const unsigned v = format.verticalShift;
    PlaneArea chroma{};
    chroma.srcX = area.srcX >> h;
    chroma.srcY = area.srcY >> v;
    chroma.destX = area.destX >> h;
    chroma.destY = area.destY >> v;
    chroma.width = ((area.srcX + area.width - 1) >> h) - chroma.srcX + 1;
    chroma.height = ((area.srcY + area.height - 1) >> v) - chroma.srcY + 1;
    // An odd source and an even destination: the picture may end first.
    const uint32_t destWidth = ((dest.width - 1) >> h) + 1;
    const uint32_t destHeight = ((dest.height - 1) >> v) + 1;
    chroma.width = std::min(chroma.width, destWidth - chroma.destX);
    chroma.height = std::min(chroma.height, destHeight - chroma.destY);
    return chroma;
}

std::byte *row(const PictureView &view, unsigned plane, uint32_t y)
{
    return view.plane[plane] + size_t{view.stride[plane]} * y;
}

/// @param sampleBytes bytes of one position: two samples where they are interleaved
void copyPlane(const PictureView &source, const PictureView &dest, unsigned plane,
               const PlaneArea &area, size_t sampleBytes)
{
    for (uint32_t y = 0; y < area.height; ++y) {
        std::memcpy(row(dest, plane, area.destY + y) + area.destX * sampleBytes,
                    row(source, plane, area.srcY + y) + area.srcX * sampleBytes,
                    area.width * sampleBytes);
    }
}

void interleave(const PictureView &source, const PictureView &dest, const PlaneArea &area)
{
    for (uint32_t y = 0; y < area.height; ++y) {
        const std::byte *u = row(source, 1, area.srcY + y) + area.srcX;
        const std::byte *v = row(source, 2, area.srcY + y) + area.srcX;
        std::byte *uv = row(dest, 1, area.destY + y) + size_t{area.destX} * 2;
        for (size_t x = 0; x < area.width; ++x) {
            uv[2 * x] = u[x];
            uv[2 * x + 1] = v[x];
        }
    }
}

void deinterleave(const PictureView &source, const PictureView &dest, const PlaneArea &area)
{
    for (uint32_t y = 0; y < area.height; ++y) {
        const std::byte *uv = row(source, 1, area.srcY + y) + size_t{area.srcX} * 2;
        std::byte *u = row(dest, 1, area.destY + y) + area.destX;
        std::byte *v = row(dest, 2, area.destY + y) + area.destX;
        for (size_t x = 0; x < area.width; ++x) {
            u[x] = uv[2 * x];
            v[x] = uv[2 * x + 1];
        }
    }
}

/// Samples of two bytes: those of semi-planar formats have their value in the high end,
/// those of planar formats in the low end.
uint16_t movedSample(const std::byte *sample, int toHigh)
{
    uint16_t value = 0;
    std::memcpy(&value, sample, sizeof(value));
    return static_cast<uint16_t>(toHigh >= 0 ? value << toHigh : value >> -toHigh);
}

/// @param sourceStep,destStep words from sample to sample
void moveRow(const std::byte *source, unsigned sourceStep, std::byte *dest, unsigned destStep,
             uint32_t count, int toHigh)
{
    for (size_t x = 0; x < count; ++x) {
        const uint16_t value = movedSample(source + 2 * x * sourceStep, toHigh);
        std::memcpy(dest + 2 * x * destStep, &value, sizeof(value));
    }
}

/// Between P010 and I010.
void convertWords(const PictureView &source, const PictureView &dest, const PlaneArea &luma,
                  const PlaneArea &chroma)
{
    const bool pack = dest.format->semiPlanar();
    const int unused = 16 - dest.format->bitDepth;
    const int toHigh = pack ? unused : -unused;
    for (uint32_t y = 0; y < luma.height; ++y) {
        moveRow(row(source, 0, luma.srcY + y) + size_t{luma.srcX} * 2, 1,
                row(dest, 0, luma.destY + y) + size_t{luma.destX} * 2, 1, luma.width, toHigh);
    }
    for (uint32_t y = 0; y < chroma.height; ++y) {
        for (unsigned colour = 0; colour < 2; ++colour) {
            const unsigned planar = 1 + colour;
            const unsigned from = pack ? planar : 1;
            const unsigned to = pack ? 1 : planar;
            const size_t first = pack ? chroma.srcX : 2 * size_t{chroma.srcX} + colour;
            const size_t firstOut = pack ? 2 * size_t{chroma.destX} + colour : chroma.destX;
            moveRow(row(source, from, chroma.srcY + y) + 2 * first, pack ? 1 : 2,
                    row(dest, to, chroma.destY + y) + 2 * firstOut, pack ? 2 : 1, chroma.width,
                    toHigh);
        }
    }
}

} // namespace

PictureView viewOf(const gbm::SurfaceLayout &layout, const gbm::DmaBufMapping &mapping)
{
    PictureView view{layout.format, layout.width, layout.height, {}, layout.stride};
    for (unsigned plane = 0; plane < layout.format->planes; ++plane) {
        view.plane[plane] = mapping.data() + layout.offset[plane];
    }
    return view;
}

bool canCopy(const gbm::FormatInfo &source, const gbm::FormatInfo &dest)
{
    return source.bitDepth == dest.bitDepth && source.bytesPerSample == dest.bytesPerSample &&
           source.horizontalShift == dest.horizontalShift &&
           source.verticalShift == dest.verticalShift;
}

void copyPicture(const PictureView &source, const PictureView &dest, const CopyArea &area)
{
    if (area.width == 0 || area.height == 0) {
        return;
    }
    const gbm::FormatInfo &from = *source.format;
    const gbm::FormatInfo &to = *dest.format;
    const PlaneArea luma{area.srcX, area.srcY, area.destX, area.destY, area.width, area.height};
    const PlaneArea chroma = chromaArea(area, from, dest);
    if (from.semiPlanar() != to.semiPlanar() && from.bytesPerSample == 2) {
        convertWords(source, dest, luma, chroma);
        return;
    }
    copyPlane(source, dest, 0, luma, from.bytesPerSample);
    if (from.semiPlanar() && to.semiPlanar()) {
        copyPlane(source, dest, 1, chroma, size_t{from.bytesPerSample} * 2);
    } else if (!from.semiPlanar() && !to.semiPlanar()) {
        copyPlane(source, dest, 1, chroma, from.bytesPerSample);
        copyPlane(source, dest, 2, chroma, from.bytesPerSample);
    } else if (to.semiPlanar()) {
        interleave(source, dest, chroma);
    } else {
        deinterleave(source, dest, chroma);
    }
}

} // namespace daedalus::va
