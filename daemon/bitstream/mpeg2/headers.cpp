// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/mpeg2/headers.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "bitstream/annexb.h"
#include "bitstream/bit_reader.h"
#include "daedalus/flag_if.h"

namespace daedalus::bitstream {

namespace {

constexpr size_t kStartCodeSize = 4;
constexpr unsigned kExtensionIdBits = 4;

/// The default matrix of intra blocks (6.3.11), in zigzag order.
constexpr std::array<uint8_t, 64> kDefaultIntra{
    8,  16, 16, 19, 16, 19, 22, 22, 22, 22, 22, 22, 26, 24, 26, 27, 27, 27, 26, 26, 26, 26,
    27, 27, 27, 29, 29, 29, 34, 34, 34, 29, 29, 29, 27, 27, 29, 29, 32, 32, 34, 34, 37, 38,
    37, 35, 35, 34, 35, 38, 38, 40, 40, 40, 48, 48, 46, 46, 56, 56, 58, 69, 69, 83};
constexpr uint8_t kDefaultNonIntra = 16;

/// Position of the next 00 00 01 that has a byte behind it.
size_t findWholeStartCode(std::span<const uint8_t> stream, size_t from)
{
    const size_t position = findStartCode(stream, from);
    return position + kStartCodeSize <= stream.size() ? position : stream.size();
}

template <typename Matrix>
void readMatrix(BitReader &reader, Matrix &matrix)
{
    for (auto &value : matrix) {
        value = static_cast<uint8_t>(reader.bits(8));
        if (value == 0) {
            reader.setFailed();
        }
    }
}

template <typename Matrix>
void copyMatrix(const Matrix &from, Matrix &to)
{
    std::copy(std::begin(from), std::end(from), std::begin(to));
}

} // namespace

std::optional<Mpeg2Unit> nextMpeg2Unit(std::span<const uint8_t> stream, size_t from)
{
    const size_t start = findWholeStartCode(stream, from);
    if (start == stream.size()) {
        return std::nullopt;
    }
    const size_t end = findWholeStartCode(stream, start + kStartCodeSize);
    return Mpeg2Unit{start, end - start, stream[start + kStartCodeSize - 1]};
}

bool isMpeg2Slice(std::span<const uint8_t> unit)
{
    return unit.size() > kStartCodeSize && unit[0] == 0 && unit[1] == 0 && unit[2] == 1 &&
           isMpeg2SliceCode(unit[3]);
}

v4l2_ctrl_mpeg2_quantisation mpeg2DefaultMatrices()
{
    v4l2_ctrl_mpeg2_quantisation matrices;
    std::copy(kDefaultIntra.begin(), kDefaultIntra.end(), matrices.intra_quantiser_matrix);
    std::fill(std::begin(matrices.non_intra_quantiser_matrix),
              std::end(matrices.non_intra_quantiser_matrix), kDefaultNonIntra);
    copyMatrix(matrices.intra_quantiser_matrix, matrices.chroma_intra_quantiser_matrix);
    copyMatrix(matrices.non_intra_quantiser_matrix, matrices.chroma_non_intra_quantiser_matrix);
    return matrices;
}

bool parseMpeg2SequenceHeader(std::span<const uint8_t> unit, Mpeg2Sequence &sequence,
                              v4l2_ctrl_mpeg2_quantisation &matrices)
{
    BitReader reader(unit);
    sequence = {};
    sequence.control.horizontal_size = static_cast<uint16_t>(reader.bits(12));
    sequence.control.vertical_size = static_cast<uint16_t>(reader.bits(12));
    reader.skip(4 + 4 + 18 + 1); // aspect ratio, frame rate, bit rate, marker
    sequence.control.vbv_buffer_size = reader.bits(10);
    reader.skip(1);
    matrices = mpeg2DefaultMatrices();
    if (reader.flag()) {
        readMatrix(reader, matrices.intra_quantiser_matrix);
    }
    if (reader.flag()) {
        readMatrix(reader, matrices.non_intra_quantiser_matrix);
    }
    copyMatrix(matrices.intra_quantiser_matrix, matrices.chroma_intra_quantiser_matrix);
    copyMatrix(matrices.non_intra_quantiser_matrix, matrices.chroma_non_intra_quantiser_matrix);
    return !reader.failed();
}

bool parseMpeg2SequenceExtension(std::span<const uint8_t> unit, Mpeg2Sequence &sequence)
{
    BitReader reader(unit);
    auto &control = sequence.control;
    reader.skip(kExtensionIdBits);
    control.profile_and_level_indication = static_cast<uint16_t>(reader.bits(8));
    control.flags = static_cast<uint8_t>(flagIf(reader.flag(), V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE));
    control.chroma_format = static_cast<uint8_t>(reader.bits(2));
    control.horizontal_size = static_cast<uint16_t>(control.horizontal_size | reader.bits(2) << 12);
    control.vertical_size = static_cast<uint16_t>(control.vertical_size | reader.bits(2) << 12);
    reader.skip(12 + 1); // bit rate, marker
    control.vbv_buffer_size |= reader.bits(8) << 10;
    sequence.lowDelay = reader.flag();
    return !reader.failed();
}

bool parseMpeg2QuantMatrixExtension(std::span<const uint8_t> unit,
                                    v4l2_ctrl_mpeg2_quantisation &matrices)
{
    BitReader reader(unit);
    reader.skip(kExtensionIdBits);
    if (reader.flag()) {
        readMatrix(reader, matrices.intra_quantiser_matrix);
        copyMatrix(matrices.intra_quantiser_matrix, matrices.chroma_intra_quantiser_matrix);
    }
    if (reader.flag()) {
        readMatrix(reader, matrices.non_intra_quantiser_matrix);
        copyMatrix(matrices.non_intra_quantiser_matrix, matrices.chroma_non_intra_quantiser_matrix);
    }
    if (reader.flag()) {
        readMatrix(reader, matrices.chroma_intra_quantiser_matrix);
    }
    if (reader.flag()) {
        readMatrix(reader, matrices.chroma_non_intra_quantiser_matrix);
    }
    return !reader.failed();
}

bool parseMpeg2PictureHeader(std::span<const uint8_t> unit, v4l2_ctrl_mpeg2_picture &picture)
{
    BitReader reader(unit);
    reader.skip(10); // temporal_reference
    picture.picture_coding_type = static_cast<uint8_t>(reader.bits(3));
    return !reader.failed() && picture.picture_coding_type >= V4L2_MPEG2_PIC_CODING_TYPE_I &&
           picture.picture_coding_type <= V4L2_MPEG2_PIC_CODING_TYPE_B;
}

bool parseMpeg2PictureCodingExtension(std::span<const uint8_t> unit,
                                      v4l2_ctrl_mpeg2_picture &picture)
{
    BitReader reader(unit);
    reader.skip(kExtensionIdBits);
    for (auto &direction : picture.f_code) {
        for (auto &code : direction) {
            code = static_cast<uint8_t>(reader.bits(4));
        }
    }
    picture.intra_dc_precision = static_cast<uint8_t>(reader.bits(2));
    picture.picture_structure = static_cast<uint8_t>(reader.bits(2));
    static constexpr std::array<uint32_t, 7> kFlags{
        V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST, V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT,
        V4L2_MPEG2_PIC_FLAG_CONCEALMENT_MV,  V4L2_MPEG2_PIC_FLAG_Q_SCALE_TYPE,
        V4L2_MPEG2_PIC_FLAG_INTRA_VLC,       V4L2_MPEG2_PIC_FLAG_ALT_SCAN,
        V4L2_MPEG2_PIC_FLAG_REPEAT_FIRST};
    picture.flags = 0;
    for (const uint32_t flag : kFlags) {
        picture.flags |= flagIf(reader.flag(), flag);
    }
    reader.skip(1); // chroma_420_type
    picture.flags |= flagIf(reader.flag(), V4L2_MPEG2_PIC_FLAG_PROGRESSIVE);
    return !reader.failed() && picture.picture_structure != 0;
}

} // namespace daedalus::bitstream
