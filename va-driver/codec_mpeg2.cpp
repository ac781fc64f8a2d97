// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/codecs.h"

#include <linux/v4l2-controls.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "bitstream/mpeg2/headers.h"
#include "daedalus/flag_if.h"

namespace daedalus::va {

namespace {

/// Main profile; which level it is VA does not tell: high.
constexpr uint16_t kMainProfileHighLevel = 0x44;
constexpr uint8_t kChroma420 = 1;
constexpr uint32_t kMacroblock = 16;

using Slices = std::vector<Slice<VASliceParameterBufferMPEG2>>;

class Mpeg2Translator : public CodecTranslator {
public:
    VaResult<StatelessRequest> translate(const PictureBuffers &buffers, VASurfaceID target,
                                         const SurfaceLookup &surfaces) override;

private:
    void loadMatrices(const VAIQMatrixBufferMPEG2 &va);

    /// A matrix that is not loaded stays as it was.
    v4l2_ctrl_mpeg2_quantisation matrices_ = bitstream::mpeg2DefaultMatrices();
    /// The sequence has a picture that progressive ones do not; VA does not tell.
    bool interlaced_ = false;
    /// Of a frame whose other field may follow.
    VASurfaceID firstField_ = VA_INVALID_SURFACE;
    uint8_t firstStructure_ = 0;
};

void Mpeg2Translator::loadMatrices(const VAIQMatrixBufferMPEG2 &va)
{
    const auto load = [](int32_t wanted, const auto &from, auto &to) {
        if (wanted != 0) {
            std::copy(std::begin(from), std::end(from), std::begin(to));
        }
    };
    // Both APIs have them in zigzag order.
    load(va.load_intra_quantiser_matrix, va.intra_quantiser_matrix,
         matrices_.intra_quantiser_matrix);
    load(va.load_non_intra_quantiser_matrix, va.non_intra_quantiser_matrix,
         matrices_.non_intra_quantiser_matrix);
    load(va.load_chroma_intra_quantiser_matrix, va.chroma_intra_quantiser_matrix,
         matrices_.chroma_intra_quantiser_matrix);
    load(va.load_chroma_non_intra_quantiser_matrix, va.chroma_non_intra_quantiser_matrix,
         matrices_.chroma_non_intra_quantiser_matrix);
}

/// Whether the picture shows that its sequence is not progressive: it is not progressive
/// itself, or it has more rows of macroblocks than a progressive one of its size (6.3.3).
bool showsInterlaced(const VAPictureParameterBufferMPEG2 &va, const Slices &slices)
{
    const auto &bits = va.picture_coding_extension.bits;
    const bool frame = bits.picture_structure == V4L2_MPEG2_PIC_FRAME;
    const uint32_t rows = (va.vertical_size + kMacroblock - 1) / kMacroblock;
    return !frame || bits.progressive_frame == 0 ||
           std::ranges::any_of(slices, [rows](const auto &slice) {
               return slice.params.slice_vertical_position >= rows;
           });
}

v4l2_ctrl_mpeg2_sequence sequenceOf(const VAPictureParameterBufferMPEG2 &va, bool interlaced)
{
    v4l2_ctrl_mpeg2_sequence sequence{};
    sequence.horizontal_size = va.horizontal_size;
    sequence.vertical_size = va.vertical_size;
    sequence.profile_and_level_indication = kMainProfileHighLevel;
    sequence.chroma_format = kChroma420;
    sequence.flags = interlaced ? 0 : V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE;
    return sequence;
}

v4l2_ctrl_mpeg2_picture pictureOf(const VAPictureParameterBufferMPEG2 &va)
{
    const auto &bits = va.picture_coding_extension.bits;
    v4l2_ctrl_mpeg2_picture picture{};
    picture.picture_coding_type = static_cast<uint8_t>(va.picture_coding_type);
    picture.picture_structure = bits.picture_structure;
    picture.intra_dc_precision = bits.intra_dc_precision;
    for (unsigned i = 0; i < 4; ++i) {
        picture.f_code[i / 2][i % 2] = va.f_code >> (12 - 4 * i) & 15;
    }
    picture.flags = flagIf(bits.top_field_first, V4L2_MPEG2_PIC_FLAG_TOP_FIELD_FIRST) |
                    flagIf(bits.frame_pred_frame_dct, V4L2_MPEG2_PIC_FLAG_FRAME_PRED_DCT) |
                    flagIf(bits.concealment_motion_vectors, V4L2_MPEG2_PIC_FLAG_CONCEALMENT_MV) |
                    flagIf(bits.q_scale_type, V4L2_MPEG2_PIC_FLAG_Q_SCALE_TYPE) |
                    flagIf(bits.intra_vlc_format, V4L2_MPEG2_PIC_FLAG_INTRA_VLC) |
                    flagIf(bits.alternate_scan, V4L2_MPEG2_PIC_FLAG_ALT_SCAN) |
                    flagIf(bits.repeat_first_field, V4L2_MPEG2_PIC_FLAG_REPEAT_FIRST) |
                    flagIf(bits.progressive_frame, V4L2_MPEG2_PIC_FLAG_PROGRESSIVE);
    return picture;
}

bool supported(const VAPictureParameterBufferMPEG2 &va)
{
    return va.horizontal_size != 0 && va.vertical_size != 0 &&
           va.picture_coding_type >= V4L2_MPEG2_PIC_CODING_TYPE_I &&
           va.picture_coding_type <= V4L2_MPEG2_PIC_CODING_TYPE_B &&
           va.picture_coding_extension.bits.picture_structure != 0;
}

VaResult<StatelessRequest> Mpeg2Translator::translate(const PictureBuffers &buffers,
                                                      VASurfaceID target,
                                                      const SurfaceLookup &surfaces)
{
    const auto va = buffers.pictureAs<VAPictureParameterBufferMPEG2>();
    const auto slices = collectSlices<VASliceParameterBufferMPEG2>(buffers);
    if (!va || !slices || !supported(*va)) {
        return vaFail(VA_STATUS_ERROR_INVALID_BUFFER);
    }
    StatelessRequest request;
    for (const auto &slice : *slices) {
        if (!bitstream::isMpeg2Slice(slice.data)) {
            return vaFail(VA_STATUS_ERROR_DECODING_ERROR);
        }
        request.bitstream.insert(request.bitstream.end(), slice.data.begin(), slice.data.end());
    }
    if (const auto matrices = buffers.iqMatrixAs<VAIQMatrixBufferMPEG2>()) {
        loadMatrices(*matrices);
    }
    interlaced_ = interlaced_ || showsInterlaced(*va, *slices);
    auto picture = pictureOf(*va);
    request.fieldPicture = picture.picture_structure != V4L2_MPEG2_PIC_FRAME;
    request.secondField = request.fieldPicture && firstField_ == target &&
                          firstStructure_ + picture.picture_structure == V4L2_MPEG2_PIC_FRAME;
    firstField_ = request.fieldPicture && !request.secondField ? target : VA_INVALID_SURFACE;
    firstStructure_ = picture.picture_structure;
    const bool inter = va->picture_coding_type != V4L2_MPEG2_PIC_CODING_TYPE_I;
    const bool bidirectional = va->picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_B;
    if ((inter &&
         !addReference(va->forward_reference_picture, surfaces, picture.forward_ref_ts, request)) ||
        (bidirectional && !addReference(va->backward_reference_picture, surfaces,
                                        picture.backward_ref_ts, request))) {
        return vaFail(VA_STATUS_ERROR_INVALID_SURFACE);
    }
    request.controls.set(V4L2_CID_STATELESS_MPEG2_SEQUENCE, sequenceOf(*va, interlaced_));
    request.controls.set(V4L2_CID_STATELESS_MPEG2_PICTURE, picture);
    request.controls.set(V4L2_CID_STATELESS_MPEG2_QUANTISATION, matrices_);
    request.codedWidth = va->horizontal_size;
    request.codedHeight = va->vertical_size;
    return request;
}

} // namespace

std::unique_ptr<CodecTranslator> createMpeg2Translator(VAProfile /*profile*/)
{
    return std::make_unique<Mpeg2Translator>();
}

} // namespace daedalus::va
