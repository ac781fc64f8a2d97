// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>

#include "daedalus/result.h"
#include "engine/decode_session.h"
#include "engine/picture.h"
#include "gbm/frame_buffer.h"

namespace daedalus::engine {

/// Which rows of a frame a request decoded.
enum class PictureRows { All, TopField, BottomField };

/// Makes the buffer hold what was decoded: copies, shifts or interleaves the planes that
/// the decoder did not write there by itself.
/// @returns bytes written; ENOTSUP: the buffer's samples have another number of bits
Result<uint32_t> transfer(const Picture &picture, const gbm::FrameBuffer &target, PictureRows rows);

/// As transfer(), to the target of a request that is done with that.
inline Result<DecodeResult> finishInto(const Picture &picture, const gbm::FrameBuffer &target,
                                       PictureRows rows = PictureRows::All)
{
    return transfer(picture, target, rows).map([](uint32_t copied) {
        return DecodeResult{.error = 0, .bytesCopied = copied};
    });
}

/// dst[2i] = u[i], dst[2i + 1] = v[i] for @p count sample pairs: a row of NV12 chroma.
void interleaveRow(uint8_t *dst, const uint8_t *u, const uint8_t *v, uint32_t count);

/// dst[i] = src[i] << 6 for @p count samples: a row of P010 luma from ten bits.
void shiftRow(uint16_t *dst, const uint16_t *src, uint32_t count);

/// dst[2i] = u[i] << 6, dst[2i + 1] = v[i] << 6 for @p count sample pairs: a row of P010
/// chroma.
void interleaveShiftedRow(uint16_t *dst, const uint16_t *u, const uint16_t *v, uint32_t count);

} // namespace daedalus::engine
