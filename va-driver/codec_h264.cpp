// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/codecs.h"

#include <linux/v4l2-controls.h>

#include <algorithm>
#include <array>
#include <map>

#include "bitstream/annexb.h"
#include "bitstream/h264/slice_header.h"
#include "daedalus/flag_if.h"

namespace daedalus::va {

namespace {

constexpr uint8_t kProfileBaseline = 66;
constexpr uint8_t kProfileMain = 77;
constexpr uint8_t kProfileHigh = 100;
constexpr uint8_t kProfileHigh10 = 110;
/// VA does not tell the level. This one allows what 8192x4320 needs at most;
/// no decoder derives more than buffer sizes from it.
constexpr uint8_t kLevel = 62;
constexpr uint8_t kFlat = 16;
constexpr uint32_t kMacroblock = 16;

using H264Slice = Slice<VASliceParameterBufferH264>;

class H264Translator : public CodecTranslator {
public:
    explicit H264Translator(VAProfile profile) : profile_(profile) {}

    VaResult<StatelessRequest> translate(const PictureBuffers &buffers, VASurfaceID target,
                                         const SurfaceLookup &surfaces) override;

private:
    /// num_ref_idx_l0/l1_default_active_minus1 of a picture parameter set.
    using Defaults = std::array<uint8_t, 2>;
    /// The field that waits for its second one.
    struct FirstField {
        VASurfaceID target;
        bool bottom;
        uint16_t frameNum;
    };

    void learnDefaults(const H264Slice &slice, const bitstream::H264SliceHeader &header);
    [[nodiscard]] Result<bitstream::H264SliceHeader>
    parseHeader(std::span<const uint8_t> nal, const H264Slice &slice,
                const VAPictureParameterBufferH264 &picture);
    bool completesFrame(const VAPictureParameterBufferH264 &picture, VASurfaceID target);
    [[nodiscard]] v4l2_ctrl_h264_sps sps(const VAPictureParameterBufferH264 &picture) const;
    [[nodiscard]] v4l2_ctrl_h264_pps pps(const VAPictureParameterBufferH264 &picture, uint8_t ppsId,
                                         bool scaling) const;

    VAProfile profile_;
    std::map<uint8_t, Defaults> defaults_; ///< by pic_parameter_set_id
    std::optional<FirstField> firstField_;
};

/// VA has no field for the defaults, but a slice whose header does not override
/// them uses them, and VA tells what each slice uses.
void H264Translator::learnDefaults(const H264Slice &slice, const bitstream::H264SliceHeader &header)
{
    const bool b = header.sliceType == V4L2_H264_SLICE_TYPE_B;
    const bool p =
        header.sliceType == V4L2_H264_SLICE_TYPE_P || header.sliceType == V4L2_H264_SLICE_TYPE_SP;
    if (header.numRefIdxOverride || (!p && !b)) {
        return;
    }
    Defaults &defaults = defaults_[header.ppsId];
    defaults[0] = slice.params.num_ref_idx_l0_active_minus1;
    if (b) {
        defaults[1] = slice.params.num_ref_idx_l1_active_minus1;
    }
}

/// Whether the picture is the second field of the frame that the one before began
/// (H.264 3.30, complementary field pair).
bool H264Translator::completesFrame(const VAPictureParameterBufferH264 &picture, VASurfaceID target)
{
    const bool field = picture.pic_fields.bits.field_pic_flag != 0;
    const bool bottom = (picture.CurrPic.flags & VA_PICTURE_H264_BOTTOM_FIELD) != 0;
    const bool completes = field && firstField_ && firstField_->target == target &&
                           firstField_->bottom != bottom &&
                           firstField_->frameNum == picture.frame_num;
    firstField_.reset();
    if (field && !completes) {
        firstField_ = FirstField{target, bottom, picture.frame_num};
    }
    return completes;
}

v4l2_ctrl_h264_sps H264Translator::sps(const VAPictureParameterBufferH264 &picture) const
{
    const auto &seq = picture.seq_fields.bits;
    const bool high = profile_ == VAProfileH264High || seq.chroma_format_idc != 1 ||
                      picture.pic_fields.bits.transform_8x8_mode_flag != 0;
    v4l2_ctrl_h264_sps sps{};
    sps.profile_idc = high ? kProfileHigh : kProfileMain;
    if (picture.bit_depth_luma_minus8 != 0) {
        sps.profile_idc = kProfileHigh10;
    } else if (!high && profile_ == VAProfileH264ConstrainedBaseline) {
        sps.profile_idc = kProfileBaseline;
        sps.constraint_set_flags =
            V4L2_H264_SPS_CONSTRAINT_SET0_FLAG | V4L2_H264_SPS_CONSTRAINT_SET1_FLAG;
    }
    sps.level_idc = kLevel;
    sps.chroma_format_idc = seq.chroma_format_idc;
    sps.bit_depth_luma_minus8 = picture.bit_depth_luma_minus8;
    sps.bit_depth_chroma_minus8 = picture.bit_depth_chroma_minus8;
    sps.log2_max_frame_num_minus4 = seq.log2_max_frame_num_minus4;
    sps.pic_order_cnt_type = seq.pic_order_cnt_type;
    sps.log2_max_pic_order_cnt_lsb_minus4 = seq.log2_max_pic_order_cnt_lsb_minus4;
    sps.max_num_ref_frames = picture.num_ref_frames;
    sps.pic_width_in_mbs_minus1 = picture.picture_width_in_mbs_minus1;
    // VA counts macroblock rows of a frame, the parameter set counts rows of a
    // field where there may be fields (7.4.2.1.1).
    const uint32_t rows = picture.picture_height_in_mbs_minus1 + 1U;
    sps.pic_height_in_map_units_minus1 =
        static_cast<uint16_t>((seq.frame_mbs_only_flag != 0 ? rows : rows / 2) - 1);
    sps.flags =
        flagIf(seq.delta_pic_order_always_zero_flag,
               V4L2_H264_SPS_FLAG_DELTA_PIC_ORDER_ALWAYS_ZERO) |
        flagIf(seq.gaps_in_frame_num_value_allowed_flag,
               V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED) |
        flagIf(seq.frame_mbs_only_flag, V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY) |
        flagIf(seq.mb_adaptive_frame_field_flag, V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD) |
        flagIf(seq.direct_8x8_inference_flag, V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE);
    return sps;
}

v4l2_ctrl_h264_pps H264Translator::pps(const VAPictureParameterBufferH264 &picture, uint8_t ppsId,
                                       bool scaling) const
{
    const auto &pic = picture.pic_fields.bits;
    v4l2_ctrl_h264_pps pps{};
    pps.pic_parameter_set_id = ppsId;
    if (const auto defaults = defaults_.find(ppsId); defaults != defaults_.end()) {
        pps.num_ref_idx_l0_default_active_minus1 = defaults->second[0];
        pps.num_ref_idx_l1_default_active_minus1 = defaults->second[1];
    }
    pps.weighted_bipred_idc = pic.weighted_bipred_idc;
    pps.pic_init_qp_minus26 = picture.pic_init_qp_minus26;
    pps.pic_init_qs_minus26 = picture.pic_init_qs_minus26;
    pps.chroma_qp_index_offset = picture.chroma_qp_index_offset;
    pps.second_chroma_qp_index_offset = picture.second_chroma_qp_index_offset;
    pps.flags = static_cast<uint16_t>(
        flagIf(pic.entropy_coding_mode_flag, V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE) |
        flagIf(pic.pic_order_present_flag,
               V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT) |
        flagIf(pic.weighted_pred_flag, V4L2_H264_PPS_FLAG_WEIGHTED_PRED) |
        flagIf(pic.deblocking_filter_control_present_flag,
               V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT) |
        flagIf(pic.constrained_intra_pred_flag, V4L2_H264_PPS_FLAG_CONSTRAINED_INTRA_PRED) |
        flagIf(pic.redundant_pic_cnt_present_flag, V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT) |
        flagIf(pic.transform_8x8_mode_flag, V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE) |
        flagIf(scaling, V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT));
    return pps;
}

/// Reads a slice header with parameter sets made of VA's parameters.
Result<bitstream::H264SliceHeader>
H264Translator::parseHeader(std::span<const uint8_t> nal, const H264Slice &slice,
                            const VAPictureParameterBufferH264 &picture)
{
    const auto start = bitstream::parseH264SliceStart(nal);
    if (!start) {
        return tl::unexpected(start.error());
    }
    bitstream::H264Sps sequence;
    sequence.control = sps(picture);
    bitstream::H264Pps parameters;
    parameters.control = pps(picture, start->ppsId, false);
    // What this slice uses: right as the default where it does not override it.
    parameters.control.num_ref_idx_l0_default_active_minus1 =
        slice.params.num_ref_idx_l0_active_minus1;
    parameters.control.num_ref_idx_l1_default_active_minus1 =
        slice.params.num_ref_idx_l1_active_minus1;
    return bitstream::parseH264SliceHeader(nal, sequence, parameters);
}

/// Both APIs want raster order, but V4L2 has six 8x8 lists, of which 4:2:0 uses
/// the two that VA has: Intra Y and Inter Y come first in both.
v4l2_ctrl_h264_scaling_matrix scalingMatrix(const std::optional<VAIQMatrixBufferH264> &va)
{
    v4l2_ctrl_h264_scaling_matrix matrix;
    std::memset(&matrix, kFlat, sizeof(matrix));
    if (va) {
        std::memcpy(matrix.scaling_list_4x4, va->ScalingList4x4, sizeof(va->ScalingList4x4));
        for (unsigned i = 0; i < 6; ++i) {
            std::memcpy(matrix.scaling_list_8x8[i], va->ScalingList8x8[i % 2],
                        sizeof(va->ScalingList8x8[0]));
        }
    }
    return matrix;
}

bool isFlat(const v4l2_ctrl_h264_scaling_matrix &matrix)
{
    const auto bytes = std::as_bytes(std::span(&matrix, 1));
    return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{kFlat}; });
}

uint8_t dpbFields(uint32_t flags)
{
    const uint32_t fields = flags & (VA_PICTURE_H264_TOP_FIELD | VA_PICTURE_H264_BOTTOM_FIELD);
    return fields == VA_PICTURE_H264_TOP_FIELD      ? V4L2_H264_TOP_FIELD_REF
           : fields == VA_PICTURE_H264_BOTTOM_FIELD ? V4L2_H264_BOTTOM_FIELD_REF
                                                    : V4L2_H264_FRAME_REF;
}

/// PicNum or LongTermPicNum of a reference (8.2.4.1, equations 8-27 to 8-33).
uint32_t picNum(const VAPictureH264 &va, const VAPictureParameterBufferH264 &picture)
{
    const bool longTerm = (va.flags & VA_PICTURE_H264_LONG_TERM_REFERENCE) != 0;
    auto number = static_cast<int32_t>(va.frame_idx);
    if (!longTerm && va.frame_idx > picture.frame_num) {
        number -= 1 << (picture.seq_fields.bits.log2_max_frame_num_minus4 + 4);
    }
    const bool field = picture.pic_fields.bits.field_pic_flag != 0;
    return static_cast<uint32_t>(field ? 2 * number + 1 : number);
}

v4l2_h264_dpb_entry dpbEntry(const VAPictureH264 &va, const Surface &surface,
                             const VAPictureParameterBufferH264 &picture)
{
    const auto reference = surface.reference();
    v4l2_h264_dpb_entry entry{};
    entry.reference_ts = reference.timestamp;
    entry.pic_num = picNum(va, picture);
    entry.frame_num = static_cast<uint16_t>(va.frame_idx);
    entry.fields = dpbFields(va.flags);
    entry.top_field_order_cnt = va.TopFieldOrderCnt;
    entry.bottom_field_order_cnt = va.BottomFieldOrderCnt;
    entry.flags =
        V4L2_H264_DPB_ENTRY_FLAG_VALID | V4L2_H264_DPB_ENTRY_FLAG_ACTIVE |
        flagIf(va.flags & VA_PICTURE_H264_LONG_TERM_REFERENCE, V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM) |
        flagIf(reference.fieldPicture, V4L2_H264_DPB_ENTRY_FLAG_FIELD);
    return entry;
}

/// Fills dpb[] and the request's references. False: a surface does not exist.
bool addReferences(const VAPictureParameterBufferH264 &picture, const SurfaceLookup &surfaces,
                   v4l2_ctrl_h264_decode_params &params, StatelessRequest &request)
{
    for (size_t i = 0; i < std::size(picture.ReferenceFrames); ++i) {
        const VAPictureH264 &va = picture.ReferenceFrames[i];
        if ((va.flags & VA_PICTURE_H264_INVALID) != 0 || va.picture_id == VA_INVALID_SURFACE) {
            continue;
        }
        auto surface = surfaces(va.picture_id);
        if (!surface) {
            return false;
        }
        params.dpb[i] = dpbEntry(va, *surface, picture);
        request.references.push_back(std::move(surface));
    }
    return true;
}

uint32_t sliceTypeFlag(uint8_t type)
{
    switch (type) {
    case V4L2_H264_SLICE_TYPE_P:
    case V4L2_H264_SLICE_TYPE_SP:
        return V4L2_H264_DECODE_PARAM_FLAG_PFRAME;
    case V4L2_H264_SLICE_TYPE_B:
        return V4L2_H264_DECODE_PARAM_FLAG_BFRAME;
    default:
        return 0;
    }
}

/// Whether the samples are 4:2:0 or luma only, of 8 or 10 bits.
bool supportedSamples(const VAPictureParameterBufferH264 &picture)
{
    const auto &seq = picture.seq_fields.bits;
    return seq.chroma_format_idc <= 1 && seq.residual_colour_transform_flag == 0 &&
           (picture.bit_depth_luma_minus8 == 0 || picture.bit_depth_luma_minus8 == 2) &&
           picture.bit_depth_chroma_minus8 == picture.bit_depth_luma_minus8;
}

/// libavcodec hands out initial QPs with QpBdOffset added, which is 12 for ten bits. What
/// other clients hand out is the bitstream's own value, as va.h says. Encoders leave
/// pic_init_qs_minus26 at zero, since only slices that no High profile has depend on it:
/// the offset shows there.
void removeQpBdOffset(VAPictureParameterBufferH264 &picture)
{
    const int offset = 6 * picture.bit_depth_luma_minus8;
    if (offset != 0 && picture.pic_init_qs_minus26 == offset) {
        picture.pic_init_qs_minus26 = 0;
        picture.pic_init_qp_minus26 = static_cast<int8_t>(picture.pic_init_qp_minus26 - offset);
    }
}

VaResult<StatelessRequest> H264Translator::translate(const PictureBuffers &buffers,
                                                     VASurfaceID target,
                                                     const SurfaceLookup &surfaces)
{
    auto picture = buffers.pictureAs<VAPictureParameterBufferH264>();
    const auto slices = collectSlices<VASliceParameterBufferH264>(buffers);
    if (!picture || !slices || picture->num_ref_frames > std::size(picture->ReferenceFrames)) {
        return vaFail(VA_STATUS_ERROR_INVALID_BUFFER);
    }
    if (!supportedSamples(*picture)) {
        return vaFail(VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT);
    }
    removeQpBdOffset(*picture);
    StatelessRequest request;
    std::optional<bitstream::H264SliceHeader> first;
    uint32_t types = 0;
    for (const H264Slice &slice : *slices) {
        const auto nal = bitstream::withoutStartCode(slice.data);
        auto header = parseHeader(nal, slice, *picture);
        if (!header) {
            return vaFail(VA_STATUS_ERROR_DECODING_ERROR);
        }
        learnDefaults(slice, *header);
        bitstream::appendWithStartCode(request.bitstream, nal);
        types |= sliceTypeFlag(header->sliceType);
        if (!first) {
            first = std::move(*header);
        }
    }

    auto params = bitstream::h264DecodeParams(*first);
    params.top_field_order_cnt = picture->CurrPic.TopFieldOrderCnt;
    params.bottom_field_order_cnt = picture->CurrPic.BottomFieldOrderCnt;
    params.flags |= types;
    if (!addReferences(*picture, surfaces, params, request)) {
        return vaFail(VA_STATUS_ERROR_INVALID_SURFACE);
    }
    const auto iqMatrix = buffers.iqMatrixAs<VAIQMatrixBufferH264>();
    const auto matrix = scalingMatrix(iqMatrix);
    request.controls.set(V4L2_CID_STATELESS_H264_SPS, sps(*picture));
    request.controls.set(V4L2_CID_STATELESS_H264_PPS, pps(*picture, first->ppsId, !isFlat(matrix)));
    request.controls.set(V4L2_CID_STATELESS_H264_SCALING_MATRIX, matrix);
    request.controls.set(V4L2_CID_STATELESS_H264_DECODE_PARAMS, params);
    request.codedWidth = (picture->picture_width_in_mbs_minus1 + 1U) * kMacroblock;
    request.codedHeight = (picture->picture_height_in_mbs_minus1 + 1U) * kMacroblock;
    request.bitDepth = picture->bit_depth_luma_minus8 + 8U;
    request.fieldPicture = first->fieldPic;
    request.secondField = completesFrame(*picture, target);
    return request;
}

} // namespace

std::unique_ptr<CodecTranslator> createH264Translator(VAProfile profile)
{
    return std::make_unique<H264Translator>(profile);
}

} // namespace daedalus::va
