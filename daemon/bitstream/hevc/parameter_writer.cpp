// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/hevc/parameter_writer.h"

#include <span>

#include "bitstream/hevc/reference_sets.h"
#include "bitstream/hevc/scaling.h"
#include "bitstream/hevc/slice_header.h"
#include "bitstream/rbsp_writer.h"
#include "bitstream/scan.h"

namespace daedalus::bitstream {
namespace {

constexpr uint8_t kSubLayersMinus1 = 6; ///< the most there can be

void appendNal(std::vector<uint8_t> &stream, HevcNal type, const RbspWriter &writer)
{
    appendNalUnit(stream, static_cast<uint8_t>(static_cast<unsigned>(type) << 1), writer.bytes());
}

/// The second byte of a NAL unit header: base layer, lowest sub-layer.
void writeNalHeaderEnd(RbspWriter &writer)
{
    writer.bits(1, 8);
}

/// profile_tier_level() (7.3.3): Main or Main 10, the highest level.
void writeProfileTierLevel(RbspWriter &writer, const HevcParameters &parameters)
{
    constexpr uint32_t kMain = 1;
    constexpr uint32_t kMain10 = 2;
    constexpr uint32_t kLevel62 = 186;
    const uint32_t profile = parameters.sps.bit_depth_luma_minus8 == 0 ? kMain : kMain10;
    writer.bits(0, 2); // general_profile_space
    writer.flag(true); // general_tier_flag
    writer.bits(profile, 5);
    writer.bits(0x80000000U >> profile, 32); // general_profile_compatibility_flag[]
    writer.bits(0, 4);                       // source and constraint flags
    writer.bits(0, 32);
    writer.bits(0, 12);
    writer.bits(kLevel62, 8);
    writer.bits(0, 2 * kSubLayersMinus1);       // sub-layers say nothing of their own
    writer.bits(0, 2 * (8 - kSubLayersMinus1)); // reserved_zero_2bits
}

/// What there is to keep: everything. Output is not looked at, so nothing is reordered.
void writeSubLayerOrdering(RbspWriter &writer)
{
    writer.flag(false); // sub_layer_ordering_info_present_flag
    writer.ue(kHevcMaxPictures - 1);
    writer.ue(0); // max_num_reorder_pics
    writer.ue(0); // max_latency_increase_plus1
}

void appendVps(std::vector<uint8_t> &stream, const HevcParameters &parameters)
{
    RbspWriter writer;
    writeNalHeaderEnd(writer);
    writer.bits(0, 4);                // vps_video_parameter_set_id
    writer.bits(3, 2);                // vps_base_layer_internal_flag, ..._available_flag
    writer.bits(0, 6);                // vps_max_layers_minus1
    writer.bits(kSubLayersMinus1, 3); // vps_max_sub_layers_minus1
    writer.flag(false);               // vps_temporal_id_nesting_flag
    writer.bits(0xffff, 16);
    writeProfileTierLevel(writer, parameters);
    writeSubLayerOrdering(writer);
    writer.bits(0, 6);  // vps_max_layer_id
    writer.ue(0);       // vps_num_layer_sets_minus1
    writer.flag(false); // vps_timing_info_present_flag
    writer.flag(false); // vps_extension_flag
    writer.trailingBits();
    appendNal(stream, HevcNal::Vps, writer);
}

void writeBlockSizes(RbspWriter &writer, const v4l2_ctrl_hevc_sps &sps)
{
    writer.ue(sps.log2_min_luma_coding_block_size_minus3);
    writer.ue(sps.log2_diff_max_min_luma_coding_block_size);
    writer.ue(sps.log2_min_luma_transform_block_size_minus2);
    writer.ue(sps.log2_diff_max_min_luma_transform_block_size);
    writer.ue(sps.max_transform_hierarchy_depth_inter);
    writer.ue(sps.max_transform_hierarchy_depth_intra);
}

void writePcm(RbspWriter &writer, const HevcParameters &parameters)
{
    const v4l2_ctrl_hevc_sps &sps = parameters.sps;
    const bool enabled = parameters.spsHas(V4L2_HEVC_SPS_FLAG_PCM_ENABLED);
    writer.flag(enabled);
    if (enabled) {
        writer.bits(sps.pcm_sample_bit_depth_luma_minus1, 4);
        writer.bits(sps.pcm_sample_bit_depth_chroma_minus1, 4);
        writer.ue(sps.log2_min_pcm_luma_coding_block_size_minus3);
        writer.ue(sps.log2_diff_max_min_pcm_luma_coding_block_size);
        writer.flag(parameters.spsHas(V4L2_HEVC_SPS_FLAG_PCM_LOOP_FILTER_DISABLED));
    }
}

void appendSps(std::vector<uint8_t> &stream, const HevcParameters &parameters)
{
    const v4l2_ctrl_hevc_sps &sps = parameters.sps;
    RbspWriter writer;
    writeNalHeaderEnd(writer);
    writer.bits(0, 4);                // sps_video_parameter_set_id
    writer.bits(kSubLayersMinus1, 3); // sps_max_sub_layers_minus1
    writer.flag(false);               // sps_temporal_id_nesting_flag
    writeProfileTierLevel(writer, parameters);
    writer.ue(0); // sps_seq_parameter_set_id
    writer.ue(sps.chroma_format_idc);
    writer.ue(sps.pic_width_in_luma_samples);
    writer.ue(sps.pic_height_in_luma_samples);
    writer.flag(false); // conformance_window_flag: a target has the coded size
    writer.ue(sps.bit_depth_luma_minus8);
    writer.ue(sps.bit_depth_chroma_minus8);
    writer.ue(kHevcPicOrderCntBits - 4);
    writeSubLayerOrdering(writer);
    writeBlockSizes(writer, sps);
    const bool scaling = parameters.spsHas(V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED);
    writer.flag(scaling);
    if (scaling) {
        writer.flag(false); // sps_scaling_list_data_present_flag: the PPS has them
    }
    writer.flag(parameters.spsHas(V4L2_HEVC_SPS_FLAG_AMP_ENABLED));
    writer.flag(parameters.spsHas(V4L2_HEVC_SPS_FLAG_SAMPLE_ADAPTIVE_OFFSET));
    writePcm(writer, parameters);
    writer.ue(0);      // num_short_term_ref_pic_sets: slice headers have their own
    writer.flag(true); // long_term_ref_pics_present_flag
    writer.ue(0);      // num_long_term_ref_pics_sps
    writer.flag(parameters.spsHas(V4L2_HEVC_SPS_FLAG_SPS_TEMPORAL_MVP_ENABLED));
    writer.flag(parameters.spsHas(V4L2_HEVC_SPS_FLAG_STRONG_INTRA_SMOOTHING_ENABLED));
    writer.flag(false); // vui_parameters_present_flag
    writer.flag(false); // sps_extension_present_flag
    writer.trailingBits();
    appendNal(stream, HevcNal::Sps, writer);
}

/// One explicit list of scaling_list_data() (7.3.4).
/// @param dc null for 4x4 and 8x8
void writeScalingList(RbspWriter &writer, std::span<const uint8_t> raster, const uint8_t *dc)
{
    const std::span<const uint8_t> scan = raster.size() == kDiagonal4x4.size()
                                              ? std::span<const uint8_t>(kDiagonal4x4)
                                              : kDiagonal8x8;
    writer.flag(true); // scaling_list_pred_mode_flag
    int last = 8;
    if (dc != nullptr) {
        writer.se(*dc - 8);
        last = *dc;
    }
    for (const uint8_t position : scan) {
        // scaling_list_delta_coef wraps around.
        writer.se(static_cast<int8_t>(raster[position] - last));
        last = raster[position];
    }
}

void writeScaling(RbspWriter &writer, const v4l2_ctrl_hevc_scaling_matrix &scaling)
{
    for (const auto &list : scaling.scaling_list_4x4) {
        writeScalingList(writer, list, nullptr);
    }
    for (const auto &list : scaling.scaling_list_8x8) {
        writeScalingList(writer, list, nullptr);
    }
    for (size_t i = 0; i < 6; ++i) {
        writeScalingList(writer, scaling.scaling_list_16x16[i],
                         &scaling.scaling_list_dc_coef_16x16[i]);
    }
    for (size_t i = 0; i < 2; ++i) {
        writeScalingList(writer, scaling.scaling_list_32x32[i],
                         &scaling.scaling_list_dc_coef_32x32[i]);
    }
}

void writeTiles(RbspWriter &writer, const HevcParameters &parameters)
{
    const v4l2_ctrl_hevc_pps &pps = parameters.pps;
    writer.ue(pps.num_tile_columns_minus1);
    writer.ue(pps.num_tile_rows_minus1);
    const bool uniform = parameters.ppsHas(V4L2_HEVC_PPS_FLAG_UNIFORM_SPACING);
    writer.flag(uniform);
    if (!uniform) {
        for (unsigned i = 0; i < pps.num_tile_columns_minus1; ++i) {
            writer.ue(pps.column_width_minus1[i]);
        }
        for (unsigned i = 0; i < pps.num_tile_rows_minus1; ++i) {
            writer.ue(pps.row_height_minus1[i]);
        }
    }
    writer.flag(parameters.ppsHas(V4L2_HEVC_PPS_FLAG_LOOP_FILTER_ACROSS_TILES_ENABLED));
}

void writeDeblocking(RbspWriter &writer, const HevcParameters &parameters)
{
    const v4l2_ctrl_hevc_pps &pps = parameters.pps;
    const bool disabled = parameters.ppsHas(V4L2_HEVC_PPS_FLAG_PPS_DISABLE_DEBLOCKING_FILTER);
    writer.flag(true); // deblocking_filter_control_present_flag
    writer.flag(parameters.ppsHas(V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_OVERRIDE_ENABLED));
    writer.flag(disabled);
    if (!disabled) {
        writer.se(pps.pps_beta_offset_div2);
        writer.se(pps.pps_tc_offset_div2);
    }
}

void writeQuantization(RbspWriter &writer, const HevcParameters &parameters)
{
    const v4l2_ctrl_hevc_pps &pps = parameters.pps;
    writer.se(pps.init_qp_minus26);
    writer.flag(parameters.ppsHas(V4L2_HEVC_PPS_FLAG_CONSTRAINED_INTRA_PRED));
    writer.flag(parameters.ppsHas(V4L2_HEVC_PPS_FLAG_TRANSFORM_SKIP_ENABLED));
    const bool cuQpDelta = parameters.ppsHas(V4L2_HEVC_PPS_FLAG_CU_QP_DELTA_ENABLED);
    writer.flag(cuQpDelta);
    if (cuQpDelta) {
        writer.ue(pps.diff_cu_qp_delta_depth);
    }
    writer.se(pps.pps_cb_qp_offset);
    writer.se(pps.pps_cr_qp_offset);
    writer.flag(parameters.ppsHas(V4L2_HEVC_PPS_FLAG_PPS_SLICE_CHROMA_QP_OFFSETS_PRESENT));
}

} // namespace

void appendHevcSequence(std::vector<uint8_t> &stream, const HevcParameters &parameters)
{
    appendVps(stream, parameters);
    appendSps(stream, parameters);
}

void appendHevcPps(std::vector<uint8_t> &stream, const HevcParameters &parameters, uint8_t id)
{
    const v4l2_ctrl_hevc_pps &pps = parameters.pps;
    RbspWriter writer;
    writeNalHeaderEnd(writer);
    writer.ue(id);
    writer.ue(0); // pps_seq_parameter_set_id
    writer.flag(parameters.ppsHas(V4L2_HEVC_PPS_FLAG_DEPENDENT_SLICE_SEGMENT_ENABLED));
    writer.flag(true); // output_flag_present_flag: no picture is ever put out
    writer.bits(pps.num_extra_slice_header_bits, 3);
    writer.flag(parameters.ppsHas(V4L2_HEVC_PPS_FLAG_SIGN_DATA_HIDING_ENABLED));
    writer.flag(parameters.ppsHas(V4L2_HEVC_PPS_FLAG_CABAC_INIT_PRESENT));
    writer.ue(pps.num_ref_idx_l0_default_active_minus1);
    writer.ue(pps.num_ref_idx_l1_default_active_minus1);
    writeQuantization(writer, parameters);
    writer.flag(parameters.ppsHas(V4L2_HEVC_PPS_FLAG_WEIGHTED_PRED));
    writer.flag(parameters.ppsHas(V4L2_HEVC_PPS_FLAG_WEIGHTED_BIPRED));
    writer.flag(parameters.ppsHas(V4L2_HEVC_PPS_FLAG_TRANSQUANT_BYPASS_ENABLED));
    const bool tiles = parameters.ppsHas(V4L2_HEVC_PPS_FLAG_TILES_ENABLED);
    writer.flag(tiles);
    writer.flag(parameters.ppsHas(V4L2_HEVC_PPS_FLAG_ENTROPY_CODING_SYNC_ENABLED));
    if (tiles) {
        writeTiles(writer, parameters);
    }
    writer.flag(parameters.ppsHas(V4L2_HEVC_PPS_FLAG_PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED));
    writeDeblocking(writer, parameters);
    const bool scaling = parameters.spsHas(V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED);
    writer.flag(scaling);
    if (scaling) {
        writeScaling(writer, parameters.scaling);
    }
    writer.flag(parameters.ppsHas(V4L2_HEVC_PPS_FLAG_LISTS_MODIFICATION_PRESENT));
    writer.ue(pps.log2_parallel_merge_level_minus2);
    writer.flag(parameters.ppsHas(V4L2_HEVC_PPS_FLAG_SLICE_SEGMENT_HEADER_EXTENSION_PRESENT));
    writer.flag(false); // pps_extension_present_flag
    writer.trailingBits();
    appendNal(stream, HevcNal::Pps, writer);
}

} // namespace daedalus::bitstream
