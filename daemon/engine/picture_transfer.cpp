// SPDX-License-Identifier: BSD-2-Clause
#include "engine/picture_transfer.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

namespace daedalus::engine {
namespace {

/// Ten bits lie in the high end of a P010 sample.
constexpr int kP010Shift = 6;

/// Rows of one plane of which every @p step-th from @p first on is meant.
struct RowRange {
    uint32_t first = 0;
    uint32_t end = 0;
    uint32_t step = 1;
};

RowRange rowRange(PictureRows rows, uint32_t count)
{
    switch (rows) {
    case PictureRows::TopField:
        return {0, count, 2};
    case PictureRows::BottomField:
        return {1, count, 2};
    case PictureRows::All:
        break;
    }
    return {0, count, 1};
}

/// @param width bytes of a row
uint32_t copyPlane(const Picture &picture, const gbm::FrameBuffer &target, unsigned plane,
                   uint32_t width, const RowRange &rows)
{
    uint32_t bytes = 0;
    for (uint32_t row = rows.first; row < rows.end; row += rows.step) {
        std::memcpy(target.data(plane) + size_t{row} * target.stride(plane),
                    picture.data(plane) + size_t{row} * picture.stride(plane), width);
        bytes += width;
    }
    return bytes;
}

uint32_t interleaveChroma(const Picture &picture, const gbm::FrameBuffer &target, uint32_t width,
                          const RowRange &rows)
{
    uint32_t bytes = 0;
    for (uint32_t row = rows.first; row < rows.end; row += rows.step) {
        const size_t offset = size_t{row} * picture.stride(1);
        interleaveRow(target.data(1) + size_t{row} * target.stride(1), picture.data(1) + offset,
                      picture.data(2) + offset, width);
        bytes += 2 * width;
    }
    return bytes;
}

/// The samples of row @p row, whose plane starts at @p plane.
uint16_t *rowOfWords(uint8_t *plane, uint32_t stride, uint32_t row)
{
    return reinterpret_cast<uint16_t *>(plane + size_t{row} * stride);
}

/// Fills a P010 buffer.
/// @param width luma samples of a row
uint32_t packP010(const Picture &picture, const gbm::FrameBuffer &target, uint32_t width,
                  const RowRange &luma, const RowRange &chroma)
{
    const uint32_t chromaWidth = (width + 1) / 2;
    uint32_t samples = 0;
    for (uint32_t row = luma.first; row < luma.end; row += luma.step) {
        shiftRow(rowOfWords(target.data(0), target.stride(0), row),
                 rowOfWords(picture.data(0), picture.stride(0), row), width);
        samples += width;
    }
    for (uint32_t row = chroma.first; row < chroma.end; row += chroma.step) {
        interleaveShiftedRow(rowOfWords(target.data(1), target.stride(1), row),
                             rowOfWords(picture.data(1), picture.stride(1), row),
                             rowOfWords(picture.data(2), picture.stride(2), row), chromaWidth);
        samples += 2 * chromaWidth;
    }
    return samples * sizeof(uint16_t);
}

} // namespace

void shiftRow(uint16_t *dst, const uint16_t *src, uint32_t count)
{
    uint32_t i = 0;
#if defined(__SSE2__)
    for (; i + 8 <= count; i += 8) {
        const __m128i samples = _mm_loadu_si128(reinterpret_cast<const __m128i *>(src + i));
        _mm_storeu_si128(reinterpret_cast<__m128i *>(dst + i), _mm_slli_epi16(samples, kP010Shift));
    }
#elif defined(__ARM_NEON)
    for (; i + 8 <= count; i += 8) {
        vst1q_u16(dst + i, vshlq_n_u16(vld1q_u16(src + i), kP010Shift));
    }
#endif
    for (; i < count; ++i) {
        dst[i] = static_cast<uint16_t>(src[i] << kP010Shift);
    }
}

void interleaveShiftedRow(uint16_t *dst, const uint16_t *u, const uint16_t *v, uint32_t count)
{
    uint32_t i = 0;
#if defined(__SSE2__)
    for (; i + 8 <= count; i += 8) {
        const __m128i left =
            _mm_slli_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i *>(u + i)), kP010Shift);
        const __m128i right =
            _mm_slli_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i *>(v + i)), kP010Shift);
        auto *out = reinterpret_cast<__m128i *>(dst + size_t{2} * i);
        _mm_storeu_si128(out, _mm_unpacklo_epi16(left, right));
        _mm_storeu_si128(out + 1, _mm_unpackhi_epi16(left, right));
    }
#elif defined(__ARM_NEON)
    for (; i + 8 <= count; i += 8) {
        vst2q_u16(dst + size_t{2} * i, uint16x8x2_t{{vshlq_n_u16(vld1q_u16(u + i), kP010Shift),
                                                     vshlq_n_u16(vld1q_u16(v + i), kP010Shift)}});
    }
#endif
    for (; i < count; ++i) {
        dst[size_t{2} * i] = static_cast<uint16_t>(u[i] << kP010Shift);
        dst[size_t{2} * i + 1] = static_cast<uint16_t>(v[i] << kP010Shift);
    }
}

void interleaveRow(uint8_t *dst, const uint8_t *u, const uint8_t *v, uint32_t count)
{
    uint32_t i = 0;
#if defined(__SSE2__)
    for (; i + 16 <= count; i += 16) {
        const __m128i left = _mm_loadu_si128(reinterpret_cast<const __m128i *>(u + i));
        const __m128i right = _mm_loadu_si128(reinterpret_cast<const __m128i *>(v + i));
        auto *out = reinterpret_cast<__m128i *>(dst + size_t{2} * i);
        _mm_storeu_si128(out, _mm_unpacklo_epi8(left, right));
        _mm_storeu_si128(out + 1, _mm_unpackhi_epi8(left, right));
    }
#elif defined(__ARM_NEON)
    for (; i + 16 <= count; i += 16) {
        vst2q_u8(dst + size_t{2} * i, uint8x16x2_t{{vld1q_u8(u + i), vld1q_u8(v + i)}});
    }
#endif
    for (; i < count; ++i) {
        dst[size_t{2} * i] = u[i];
        dst[size_t{2} * i + 1] = v[i];
    }
}

Result<uint32_t> transfer(const Picture &picture, const gbm::FrameBuffer &target, PictureRows rows)
{
    const gbm::FormatInfo &format = target.format();
    if (format.bitDepth != picture.bitDepth()) {
        return fail(ENOTSUP, std::to_string(picture.bitDepth()) + "-bit pictures do not go into " +
                                 std::string(format.name));
    }
    // What the buffer lacks of a coded size is padding behind the visible picture.
    const uint32_t width = std::min(picture.width(), target.width());
    const uint32_t height = std::min(picture.height(), target.height());
    const uint32_t chromaWidth = (width + 1) / 2;
    const RowRange luma = rowRange(rows, height);
    const RowRange chroma = rowRange(rows, (height + 1) / 2);

    if (format.semiPlanar() && format.bytesPerSample == 2) {
        return packP010(picture, target, width, luma, chroma);
    }
    uint32_t bytes = 0;
    if (picture.data(0) != target.data(0)) {
        bytes += copyPlane(picture, target, 0, width * format.bytesPerSample, luma);
    }
    if (format.semiPlanar()) {
        return bytes + interleaveChroma(picture, target, chromaWidth, chroma);
    }
    for (unsigned plane = 1; plane < 3; ++plane) {
        // FormatInfo's planes are Y, U, V for every planar format that is accepted.
        if (picture.data(plane) != target.data(plane)) {
            bytes += copyPlane(picture, target, plane, chromaWidth * format.bytesPerSample, chroma);
        }
    }
    return bytes;
}

} // namespace daedalus::engine
