// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <linux/v4l2-controls.h>

namespace daedalus::bitstream {

/// Last bytes of start codes (ISO/IEC 13818-2 table 6-1).
enum class Mpeg2StartCode : uint8_t {
    Picture = 0x00,
    SliceFirst = 0x01,
    SliceLast = 0xaf,
    UserData = 0xb2,
    SequenceHeader = 0xb3,
    Extension = 0xb5,
    SequenceEnd = 0xb7,
    Group = 0xb8,
};

/// Where a start code and all that belongs to it lie in a stream.
struct Mpeg2Unit {
    size_t offset = 0; ///< of the start code's first byte
    size_t size = 0;   ///< up to the next start code or the end, at least 4
    uint8_t code = 0;  ///< last byte of the start code
};

/// The first unit that begins at @p from or later; nothing where there is none.
std::optional<Mpeg2Unit> nextMpeg2Unit(std::span<const uint8_t> stream, size_t from);

constexpr bool isMpeg2SliceCode(uint8_t code)
{
    return code >= static_cast<uint8_t>(Mpeg2StartCode::SliceFirst) &&
           code <= static_cast<uint8_t>(Mpeg2StartCode::SliceLast);
}

/// Whether @p unit begins with the start code of a slice.
bool isMpeg2Slice(std::span<const uint8_t> unit);

/// What a sequence header without matrices means (6.3.11), in zigzag order; those of
/// chroma are the same.
v4l2_ctrl_mpeg2_quantisation mpeg2DefaultMatrices();

/// A sequence header and its extension.
struct Mpeg2Sequence {
    v4l2_ctrl_mpeg2_sequence control{};
    bool lowDelay = false; ///< no B pictures: output is in decode order
};

/// The parsers take a unit without its start code, and return false where it is damaged.

/// A sequence header (6.2.2.1): sizes without what the extension adds, matrices.
bool parseMpeg2SequenceHeader(std::span<const uint8_t> unit, Mpeg2Sequence &sequence,
                              v4l2_ctrl_mpeg2_quantisation &matrices);
/// A sequence extension (6.2.2.3), behind its identifier. Call once for each header.
bool parseMpeg2SequenceExtension(std::span<const uint8_t> unit, Mpeg2Sequence &sequence);
/// A quant matrix extension (6.2.3.2).
bool parseMpeg2QuantMatrixExtension(std::span<const uint8_t> unit,
                                    v4l2_ctrl_mpeg2_quantisation &matrices);
/// A picture header (6.2.3): the coding type.
bool parseMpeg2PictureHeader(std::span<const uint8_t> unit, v4l2_ctrl_mpeg2_picture &picture);
/// A picture coding extension (6.2.3.1): all the rest but for the references.
bool parseMpeg2PictureCodingExtension(std::span<const uint8_t> unit,
                                      v4l2_ctrl_mpeg2_picture &picture);

/// extension_start_code_identifier (table 6-2).
enum class Mpeg2Extension : uint8_t { Sequence = 1, QuantMatrix = 3, PictureCoding = 8 };

} // namespace daedalus::bitstream
