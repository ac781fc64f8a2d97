// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/mpeg2/header_writer.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <span>

#include "bitstream/mpeg2/headers.h"
#include "bitstream/rbsp_writer.h"

namespace daedalus::bitstream {
namespace {

constexpr uint8_t kChroma420 = 1;
/// A size has 12 bits in the sequence header and two in its extension.
constexpr uint32_t kMaxSize = (1U << 14) - 1;
constexpr uint8_t kMaxFCode = 15;
constexpr uint8_t kMaxIntraDcPrecision = 3;
/// Of buffers, rates and aspect, nothing is decoded by: values that any stream may have.
constexpr uint32_t kUnspecifiedVbvDelay = 0xffff;
constexpr uint32_t kUnspecifiedBitRate = 0x3ffff;
constexpr uint32_t kSquareSamples = 1;
constexpr uint32_t kFrameRate25 = 3;
constexpr uint32_t kMainProfileHighLevel = 0x44;
/// forward_f_code and backward_f_code, which the coding extension replaces.
constexpr uint32_t kFCodeInExtension = 7;

bool hasFlag(const Mpeg2Parameters &parameters, uint32_t flag)
{
    return (parameters.picture.flags & flag) != 0;
}

void appendUnit(std::vector<uint8_t> &stream, Mpeg2StartCode code, const RbspWriter &payload)
{
    // The last byte is filled up with zeros, and no payload here has 23 of them in a row.
    stream.insert(stream.end(), {0, 0, 1, static_cast<uint8_t>(code)});
    stream.insert(stream.end(), payload.bytes().begin(), payload.bytes().end());
}

template <typename Matrix>
bool hasZero(const Matrix &matrix)
{
    return std::find(std::begin(matrix), std::end(matrix), 0) != std::end(matrix);
}

Result<void> checkPicture(const v4l2_ctrl_mpeg2_picture &picture)
{
    for (const auto &direction : picture.f_code) {
        for (const uint8_t code : direction) {
            if (code > kMaxFCode) {
                return fail(EINVAL, "MPEG-2: an f_code is out of range");
            }
        }
    }
    if (picture.picture_coding_type < V4L2_MPEG2_PIC_CODING_TYPE_I ||
        picture.picture_coding_type > V4L2_MPEG2_PIC_CODING_TYPE_B ||
        picture.picture_structure < V4L2_MPEG2_PIC_TOP_FIELD ||
        picture.picture_structure > V4L2_MPEG2_PIC_FRAME ||
        picture.intra_dc_precision > kMaxIntraDcPrecision) {
        return fail(EINVAL, "MPEG-2: a value of the picture is out of range");
    }
    return {};
}

Result<void> check(const Mpeg2Parameters &parameters)
{
    const auto &sequence = parameters.sequence;
    if (sequence.chroma_format != kChroma420) {
        return fail(ENOTSUP, "MPEG-2: not 4:2:0");
    }
    if (sequence.horizontal_size == 0 || sequence.horizontal_size > kMaxSize ||
        sequence.vertical_size == 0 || sequence.vertical_size > kMaxSize) {
        return fail(EINVAL, "MPEG-2: the size is out of range");
    }
    // The matrices of chroma are for other formats than 4:2:0.
    if (hasZero(parameters.matrices.intra_quantiser_matrix) ||
        hasZero(parameters.matrices.non_intra_quantiser_matrix)) {
        return fail(EINVAL, "MPEG-2: a quantiser matrix has a zero");
    }
    return checkPicture(parameters.picture);
}

template <typename Matrix>
void writeMatrix(RbspWriter &writer, const Matrix &matrix)
{
    writer.flag(true);
    for (const uint8_t value : matrix) {
        writer.bits(value, 8);
    }
}

void appendPictureHeader(std::vector<uint8_t> &stream, uint8_t codingType)
{
    RbspWriter header;
    header.bits(0, 10); // temporal_reference
    header.bits(codingType, 3);
    header.bits(kUnspecifiedVbvDelay, 16);
    const unsigned directions = codingType - V4L2_MPEG2_PIC_CODING_TYPE_I;
    for (unsigned i = 0; i < directions; ++i) {
        header.flag(false); // full_pel_..._vector
        header.bits(kFCodeInExtension, 3);
    }
    header.flag(false); // extra_bit_picture
    appendUnit(stream, Mpeg2StartCode::Picture, header);
}

void appendCodingExtension(std::vector<uint8_t> &stream, const Mpeg2Parameters &parameters)
{
    const auto &picture = parameters.picture;
    RbspWriter extension;
    extension.bits(static_cast<uint8_t>(Mpeg2Extension::PictureCoding), 4);
    for (const auto &direction : picture.f_code) {
        for (const uint8_t code : direction) {
            // Zero is forbidden; libavcodec takes it for one.
            extension.bits(std::max<uint8_t>(code, 1), 4);
        }
    }
    extension.bits(picture.intra_dc_precision, 2);
    extension.bits(picture.picture_structure, 2);
    for (const uint32_t flag :
         {V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST, V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT,
          V4L2_MPEG2_PIC_FLAG_CONCEALMENT_MV, V4L2_MPEG2_PIC_FLAG_Q_SCALE_TYPE,
          V4L2_MPEG2_PIC_FLAG_INTRA_VLC, V4L2_MPEG2_PIC_FLAG_ALT_SCAN,
          V4L2_MPEG2_PIC_FLAG_REPEAT_FIRST}) {
        extension.flag(hasFlag(parameters, flag));
    }
    extension.flag(parameters.progressiveFrame()); // chroma_420_type
    extension.flag(parameters.progressiveFrame());
    extension.flag(false); // composite_display_flag
    appendUnit(stream, Mpeg2StartCode::Extension, extension);
}

void appendMatrices(std::vector<uint8_t> &stream, const v4l2_ctrl_mpeg2_quantisation &matrices)
{
    RbspWriter extension;
    extension.bits(static_cast<uint8_t>(Mpeg2Extension::QuantMatrix), 4);
    // Zigzag order in the control as in the bitstream.
    writeMatrix(extension, matrices.intra_quantiser_matrix);
    writeMatrix(extension, matrices.non_intra_quantiser_matrix);
    extension.flag(false); // load_chroma_intra_quantiser_matrix
    extension.flag(false); // load_chroma_non_intra_quantiser_matrix
    appendUnit(stream, Mpeg2StartCode::Extension, extension);
}

} // namespace

Result<Mpeg2Parameters> readMpeg2Parameters(const ControlSet &controls)
{
    const auto sequence = controls.get<v4l2_ctrl_mpeg2_sequence>(V4L2_CID_STATELESS_MPEG2_SEQUENCE);
    const auto picture = controls.get<v4l2_ctrl_mpeg2_picture>(V4L2_CID_STATELESS_MPEG2_PICTURE);
    const auto matrices =
        controls.get<v4l2_ctrl_mpeg2_quantisation>(V4L2_CID_STATELESS_MPEG2_QUANTISATION);
    if (!sequence || !picture || !matrices) {
        return fail(EINVAL, "MPEG-2: sequence, picture or matrices are missing");
    }
    Mpeg2Parameters parameters{*sequence, *picture, *matrices};
    if (auto checked = check(parameters); !checked) {
        return tl::unexpected(checked.error());
    }
    if (parameters.progressiveSequence()) {
        parameters.picture.flags |= V4L2_MPEG2_PIC_FLAG_PROGRESSIVE;
    }
    if (parameters.progressiveFrame()) {
        parameters.picture.picture_structure = V4L2_MPEG2_PIC_FRAME;
    }
    return parameters;
}

void appendMpeg2Sequence(std::vector<uint8_t> &stream, const Mpeg2Parameters &parameters)
{
    constexpr uint32_t kLowSizeMask = (1U << 12) - 1;
    const uint32_t width = parameters.sequence.horizontal_size;
    const uint32_t height = parameters.sequence.vertical_size;
    RbspWriter header;
    header.bits(width & kLowSizeMask, 12);
    header.bits(height & kLowSizeMask, 12);
    header.bits(kSquareSamples, 4);
    header.bits(kFrameRate25, 4);
    header.bits(kUnspecifiedBitRate, 18);
    header.flag(true);  // marker_bit
    header.bits(0, 10); // vbv_buffer_size_value
    header.flag(false); // constrained_parameters_flag
    header.flag(false); // load_intra_quantiser_matrix: they come with the picture
    header.flag(false); // load_non_intra_quantiser_matrix
    appendUnit(stream, Mpeg2StartCode::SequenceHeader, header);

    RbspWriter extension;
    extension.bits(static_cast<uint8_t>(Mpeg2Extension::Sequence), 4);
    extension.bits(kMainProfileHighLevel, 8);
    extension.flag(parameters.progressiveSequence());
    extension.bits(kChroma420, 2);
    extension.bits(width >> 12, 2);
    extension.bits(height >> 12, 2);
    extension.bits(0, 12);    // bit_rate_extension
    extension.flag(true);     // marker_bit
    extension.bits(0, 8);     // vbv_buffer_size_extension
    extension.flag(false);    // low_delay: pictures are not put out here
    extension.bits(0, 2 + 5); // frame_rate_extension_n and _d
    appendUnit(stream, Mpeg2StartCode::Extension, extension);

    RbspWriter group;
    group.bits(0, 12); // time_code: hours and minutes
    group.flag(true);  // its marker_bit
    group.bits(0, 12);
    group.flag(true);  // closed_gop
    group.flag(false); // broken_link
    appendUnit(stream, Mpeg2StartCode::Group, group);
}

void appendMpeg2Picture(std::vector<uint8_t> &stream, const Mpeg2Parameters &parameters)
{
    appendPictureHeader(stream, parameters.picture.picture_coding_type);
    appendCodingExtension(stream, parameters);
    appendMatrices(stream, parameters.matrices);
}

} // namespace daedalus::bitstream
