// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/h264/parameter_writer.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>

#include "bitstream/rbsp_writer.h"
#include "bitstream/scan.h"

namespace daedalus::bitstream {
namespace {

constexpr uint8_t kNalSps = 0x67; // nal_ref_idc 3, nal_unit_type 7
constexpr uint8_t kNalPps = 0x68; // nal_ref_idc 3, nal_unit_type 8
constexpr uint8_t kProfileHigh = 100;
constexpr uint8_t kProfileHigh10 = 110;
constexpr uint8_t kProfileHigh444Predictive = 244;

Result<void> checkSps(const H264Parameters &parameters)
{
    const v4l2_ctrl_h264_sps &sps = parameters.sps;
    if (sps.chroma_format_idc > 1 ||
        (sps.bit_depth_luma_minus8 != 0 && sps.bit_depth_luma_minus8 != 2) ||
        sps.bit_depth_chroma_minus8 != sps.bit_depth_luma_minus8 ||
        parameters.spsHas(V4L2_H264_SPS_FLAG_SEPARATE_COLOUR_PLANE)) {
        return fail(ENOTSUP, "H.264: only 8-bit and 10-bit 4:2:0 is supported");
    }
    constexpr unsigned kMaxMbs = 1024; // libavcodec's own limit is about the same
    if (sps.seq_parameter_set_id > 31 || sps.log2_max_frame_num_minus4 > 12 ||
        sps.pic_order_cnt_type > 2 || sps.log2_max_pic_order_cnt_lsb_minus4 > 12 ||
        sps.max_num_ref_frames > 16 || sps.pic_width_in_mbs_minus1 >= kMaxMbs ||
        sps.pic_height_in_map_units_minus1 >= kMaxMbs) {
        return fail(EINVAL, "H.264: a value of the SPS is out of range");
    }
    return {};
}

/// @param bitDepth of luma samples
Result<void> checkPps(const v4l2_ctrl_h264_pps &pps, unsigned bitDepth)
{
    const int qpBdOffset = 6 * (static_cast<int>(bitDepth) - 8); // QpBdOffsetY
    if (pps.num_slice_groups_minus1 != 0) {
        return fail(ENOTSUP, "H.264: slice groups are not supported");
    }
    const auto within = [](int value, int low, int high) { return value >= low && value <= high; };
    if (pps.num_ref_idx_l0_default_active_minus1 > 31 ||
        pps.num_ref_idx_l1_default_active_minus1 > 31 || pps.weighted_bipred_idc > 2 ||
        !within(pps.pic_init_qp_minus26, -26 - qpBdOffset, 25) ||
        !within(pps.pic_init_qs_minus26, -26, 25) || !within(pps.chroma_qp_index_offset, -12, 12) ||
        !within(pps.second_chroma_qp_index_offset, -12, 12)) {
        return fail(EINVAL, "H.264: a value of the PPS is out of range");
    }
    return {};
}

/// Lists of the 8x8 transform that 4:2:0 has: intra Y and inter Y.
std::span<const uint8_t[64]> lists8x8(const H264Parameters &parameters)
{
    const bool used = parameters.ppsHas(V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE);
    return std::span(parameters.scaling.scaling_list_8x8).first(used ? 2 : 0);
}

Result<void> checkScaling(const H264Parameters &parameters)
{
    const auto hasZero = [](const auto &list) {
        return std::find(std::begin(list), std::end(list), 0) != std::end(list);
    };
    const auto &lists4x4 = parameters.scaling.scaling_list_4x4;
    const auto lists = lists8x8(parameters);
    if (std::any_of(std::begin(lists4x4), std::end(lists4x4), hasZero) ||
        std::any_of(lists.begin(), lists.end(), hasZero)) {
        return fail(EINVAL, "H.264: a scaling list has a zero");
    }
    return {};
}

/// scaling_list() (7.3.2.1.1.1), with scaling_list_present_flag.
void writeScalingList(RbspWriter &writer, std::span<const uint8_t> raster,
                      std::span<const uint8_t> scan)
{
    writer.flag(true);
    int last = 8;
    for (const uint8_t position : scan) {
        // delta_scale wraps: nextScale = (lastScale + delta_scale + 256) % 256.
        const int value = raster[position];
        writer.se(static_cast<int8_t>(value - last));
        last = value;
    }
}

void writePicOrderCnt(RbspWriter &writer, const H264Parameters &parameters)
{
    if (parameters.sps.pic_order_cnt_type == 2) {
        writer.ue(2);
        return;
    }
    writer.ue(0);
    writer.ue(picOrderCntBits(parameters) - 4);
}

/// vui_parameters() (E.1.1) that say nothing but: no reordering.
void writeVui(RbspWriter &writer, unsigned maxDecFrameBuffering)
{
    writer.bits(0, 4);  // aspect ratio, overscan, video signal type, chroma location
    writer.flag(false); // timing_info_present_flag
    writer.bits(0, 2);  // NAL and VCL HRD parameters
    writer.flag(false); // pic_struct_present_flag
    writer.flag(true);  // bitstream_restriction_flag
    writer.flag(true);  // motion_vectors_over_pic_boundaries_flag
    writer.ue(0);       // max_bytes_per_pic_denom: no limit
    writer.ue(0);       // max_bits_per_mb_denom: no limit
    writer.ue(16);      // log2_max_mv_length_horizontal
    writer.ue(16);      // log2_max_mv_length_vertical
    writer.ue(0);       // max_num_reorder_frames
    writer.ue(maxDecFrameBuffering);
}

} // namespace

unsigned picOrderCntBits(const H264Parameters &parameters)
{
    return parameters.sps.pic_order_cnt_type == 1
               ? kRewrittenPicOrderCntBits
               : parameters.sps.log2_max_pic_order_cnt_lsb_minus4 + 4U;
}

Result<void> checkH264Parameters(const H264Parameters &parameters)
{
    if (auto checked = checkSps(parameters); !checked) {
        return checked;
    }
    if (auto checked = checkPps(parameters.pps, parameters.bitDepth()); !checked) {
        return checked;
    }
    return parameters.ppsHas(V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT) ? checkScaling(parameters)
                                                                        : Result<void>();
}

void appendSps(std::vector<uint8_t> &stream, const H264Parameters &parameters)
{
    const v4l2_ctrl_h264_sps &sps = parameters.sps;
    const bool bypass = parameters.spsHas(V4L2_H264_SPS_FLAG_QPPRIME_Y_ZERO_TRANSFORM_BYPASS);
    const uint8_t profile = parameters.bitDepth() > 8 ? kProfileHigh10 : kProfileHigh;
    RbspWriter writer;
    // Intra prediction of bypassed blocks depends on the profile (8.3.5.1).
    writer.bits(bypass ? kProfileHigh444Predictive : profile, 8);
    writer.bits(0, 8); // constraint flags
    writer.bits(sps.level_idc, 8);
    writer.ue(sps.seq_parameter_set_id);
    writer.ue(sps.chroma_format_idc);
    writer.ue(sps.bit_depth_luma_minus8);
    writer.ue(sps.bit_depth_chroma_minus8);
    writer.flag(bypass);
    writer.flag(false); // seq_scaling_matrix_present_flag: the PPS has all of them
    writer.ue(sps.log2_max_frame_num_minus4);
    writePicOrderCnt(writer, parameters);
    writer.ue(sps.max_num_ref_frames);
    writer.flag(parameters.spsHas(V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED));
    writer.ue(sps.pic_width_in_mbs_minus1);
    writer.ue(sps.pic_height_in_map_units_minus1);
    const bool frameMbsOnly = parameters.spsHas(V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY);
    writer.flag(frameMbsOnly);
    if (!frameMbsOnly) {
        writer.flag(parameters.spsHas(V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD));
    }
    writer.flag(parameters.spsHas(V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE));
    writer.flag(false); // frame_cropping_flag
    writer.flag(true);  // vui_parameters_present_flag
    writeVui(writer, sps.max_num_ref_frames);
    writer.trailingBits();
    appendNalUnit(stream, kNalSps, writer.bytes());
}

void appendPps(std::vector<uint8_t> &stream, const H264Parameters &parameters, uint8_t id)
{
    const v4l2_ctrl_h264_pps &pps = parameters.pps;
    RbspWriter writer;
    writer.ue(id);
    // Not the PPS's own idea of it: the SPS that this request brought along.
    writer.ue(parameters.sps.seq_parameter_set_id);
    writer.flag(parameters.ppsHas(V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE));
    // Rewritten slices always have delta_pic_order_cnt_bottom.
    writer.flag(parameters.sps.pic_order_cnt_type == 1 ||
                parameters.ppsHas(V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT));
    writer.ue(0); // num_slice_groups_minus1
    writer.ue(pps.num_ref_idx_l0_default_active_minus1);
    writer.ue(pps.num_ref_idx_l1_default_active_minus1);
    writer.flag(parameters.ppsHas(V4L2_H264_PPS_FLAG_WEIGHTED_PRED));
    writer.bits(pps.weighted_bipred_idc, 2);
    writer.se(pps.pic_init_qp_minus26);
    writer.se(pps.pic_init_qs_minus26);
    writer.se(pps.chroma_qp_index_offset);
    writer.flag(parameters.ppsHas(V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT));
    writer.flag(parameters.ppsHas(V4L2_H264_PPS_FLAG_CONSTRAINED_INTRA_PRED));
    writer.flag(parameters.ppsHas(V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT));
    writer.flag(parameters.ppsHas(V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE));
    const bool scaling = parameters.ppsHas(V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT);
    writer.flag(scaling);
    if (scaling) {
        for (const auto &list : parameters.scaling.scaling_list_4x4) {
            writeScalingList(writer, list, kZigzag4x4);
        }
        for (const auto &list : lists8x8(parameters)) {
            writeScalingList(writer, list, kZigzag8x8);
        }
    }
    writer.se(pps.second_chroma_qp_index_offset);
    writer.trailingBits();
    appendNalUnit(stream, kNalPps, writer.bytes());
}

} // namespace daedalus::bitstream
