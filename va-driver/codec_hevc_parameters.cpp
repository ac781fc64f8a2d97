// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/codec_hevc_parameters.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "bitstream/hevc/parameter_sets.h"
#include "bitstream/hevc/scaling.h"
#include "daedalus/flag_if.h"

namespace daedalus::va {

namespace {

/// Whether tiles have the sizes of uniform_spacing_flag (6-3), (6-4).
bool isUniform(std::span<const uint16_t> sizesMinus1, uint32_t count, uint32_t ctbs)
{
    for (uint32_t i = 0; i + 1 < count; ++i) {
        if (sizesMinus1[i] + 1U != (i + 1) * ctbs / count - i * ctbs / count) {
            return false;
        }
    }
    return true;
}

/// Sizes of all tiles but the last, which gets what is left. False: one is too large.
bool copySizes(std::span<const uint16_t> sizesMinus1, uint32_t count, std::span<uint8_t> out)
{
    for (uint32_t i = 0; i + 1 < count; ++i) {
        if (sizesMinus1[i] > UINT8_MAX) {
            return false;
        }
        out[i] = static_cast<uint8_t>(sizesMinus1[i]);
    }
    return true;
}

/// @returns false: V4L2 cannot say it
bool setTiles(const VAPictureParameterBufferHEVC &picture, v4l2_ctrl_hevc_pps &pps)
{
    const v4l2_ctrl_hevc_sps sps = hevcSps(picture);
    const uint32_t columns = picture.num_tile_columns_minus1 + 1U;
    const uint32_t rows = picture.num_tile_rows_minus1 + 1U;
    const std::span widths(picture.column_width_minus1);
    const std::span heights(picture.row_height_minus1);
    if (columns > widths.size() + 1 || rows > heights.size() + 1) {
        return false;
    }
    pps.num_tile_columns_minus1 = picture.num_tile_columns_minus1;
    pps.num_tile_rows_minus1 = picture.num_tile_rows_minus1;
    pps.flags |= flagIf(picture.pic_fields.bits.loop_filter_across_tiles_enabled_flag,
                        V4L2_HEVC_PPS_FLAG_LOOP_FILTER_ACROSS_TILES_ENABLED);
    if (isUniform(widths, columns, bitstream::hevcWidthInCtbs(sps)) &&
        isUniform(heights, rows, bitstream::hevcHeightInCtbs(sps))) {
        pps.flags |= V4L2_HEVC_PPS_FLAG_UNIFORM_SPACING;
        return true;
    }
    return copySizes(widths, columns, pps.column_width_minus1) &&
           copySizes(heights, rows, pps.row_height_minus1);
}

void setDeblocking(const VAPictureParameterBufferHEVC &picture, v4l2_ctrl_hevc_pps &pps)
{
    const auto &slice = picture.slice_parsing_fields.bits;
    pps.flags |= flagIf(slice.deblocking_filter_override_enabled_flag,
                        V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_OVERRIDE_ENABLED);
    if (slice.pps_disable_deblocking_filter_flag != 0) {
        pps.flags |= V4L2_HEVC_PPS_FLAG_PPS_DISABLE_DEBLOCKING_FILTER;
    } else {
        pps.pps_beta_offset_div2 = picture.pps_beta_offset_div2;
        pps.pps_tc_offset_div2 = picture.pps_tc_offset_div2;
    }
    // VA has no flag for it. Without any of these there is nothing to control.
    const bool present = slice.deblocking_filter_override_enabled_flag != 0 ||
                         slice.pps_disable_deblocking_filter_flag != 0 ||
                         pps.pps_beta_offset_div2 != 0 || pps.pps_tc_offset_div2 != 0;
    pps.flags |= flagIf(present, V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT);
}

void setPcm(const VAPictureParameterBufferHEVC &picture, v4l2_ctrl_hevc_sps &sps)
{
    // Some clients fill these with anything where there is no PCM.
    if (picture.pic_fields.bits.pcm_enabled_flag == 0) {
        return;
    }
    sps.flags |= V4L2_HEVC_SPS_FLAG_PCM_ENABLED;
    sps.flags |= flagIf(picture.pic_fields.bits.pcm_loop_filter_disabled_flag,
                        V4L2_HEVC_SPS_FLAG_PCM_LOOP_FILTER_DISABLED);
    sps.pcm_sample_bit_depth_luma_minus1 = picture.pcm_sample_bit_depth_luma_minus1;
    sps.pcm_sample_bit_depth_chroma_minus1 = picture.pcm_sample_bit_depth_chroma_minus1;
    sps.log2_min_pcm_luma_coding_block_size_minus3 =
        picture.log2_min_pcm_luma_coding_block_size_minus3;
    sps.log2_diff_max_min_pcm_luma_coding_block_size =
        picture.log2_diff_max_min_pcm_luma_coding_block_size;
}

} // namespace

v4l2_ctrl_hevc_sps hevcSps(const VAPictureParameterBufferHEVC &picture)
{
    const auto &pic = picture.pic_fields.bits;
    const auto &slice = picture.slice_parsing_fields.bits;
    v4l2_ctrl_hevc_sps sps{};
    sps.pic_width_in_luma_samples = picture.pic_width_in_luma_samples;
    sps.pic_height_in_luma_samples = picture.pic_height_in_luma_samples;
    sps.chroma_format_idc = static_cast<uint8_t>(pic.chroma_format_idc);
    sps.bit_depth_luma_minus8 = picture.bit_depth_luma_minus8;
    sps.bit_depth_chroma_minus8 = picture.bit_depth_chroma_minus8;
    sps.log2_max_pic_order_cnt_lsb_minus4 = picture.log2_max_pic_order_cnt_lsb_minus4;
    sps.sps_max_dec_pic_buffering_minus1 = picture.sps_max_dec_pic_buffering_minus1;
    sps.sps_max_num_reorder_pics =
        pic.NoPicReorderingFlag != 0 ? uint8_t{0} : picture.sps_max_dec_pic_buffering_minus1;
    sps.log2_min_luma_coding_block_size_minus3 = picture.log2_min_luma_coding_block_size_minus3;
    sps.log2_diff_max_min_luma_coding_block_size = picture.log2_diff_max_min_luma_coding_block_size;
    sps.log2_min_luma_transform_block_size_minus2 = picture.log2_min_transform_block_size_minus2;
    sps.log2_diff_max_min_luma_transform_block_size =
        picture.log2_diff_max_min_transform_block_size;
    sps.max_transform_hierarchy_depth_inter = picture.max_transform_hierarchy_depth_inter;
    sps.max_transform_hierarchy_depth_intra = picture.max_transform_hierarchy_depth_intra;
    sps.num_short_term_ref_pic_sets = picture.num_short_term_ref_pic_sets;
    sps.num_long_term_ref_pics_sps = picture.num_long_term_ref_pic_sps;
    sps.flags =
        flagIf(pic.separate_colour_plane_flag, V4L2_HEVC_SPS_FLAG_SEPARATE_COLOUR_PLANE) |
        flagIf(pic.scaling_list_enabled_flag, V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED) |
        flagIf(pic.amp_enabled_flag, V4L2_HEVC_SPS_FLAG_AMP_ENABLED) |
        flagIf(slice.sample_adaptive_offset_enabled_flag,
               V4L2_HEVC_SPS_FLAG_SAMPLE_ADAPTIVE_OFFSET) |
        flagIf(slice.long_term_ref_pics_present_flag,
               V4L2_HEVC_SPS_FLAG_LONG_TERM_REF_PICS_PRESENT) |
        flagIf(slice.sps_temporal_mvp_enabled_flag, V4L2_HEVC_SPS_FLAG_SPS_TEMPORAL_MVP_ENABLED) |
        flagIf(pic.strong_intra_smoothing_enabled_flag,
               V4L2_HEVC_SPS_FLAG_STRONG_INTRA_SMOOTHING_ENABLED);
    setPcm(picture, sps);
    return sps;
}

std::optional<v4l2_ctrl_hevc_pps> hevcPps(const VAPictureParameterBufferHEVC &picture, uint8_t id)
{
    const auto &pic = picture.pic_fields.bits;
    const auto &slice = picture.slice_parsing_fields.bits;
    v4l2_ctrl_hevc_pps pps{};
    pps.pic_parameter_set_id = id;
    pps.num_extra_slice_header_bits = picture.num_extra_slice_header_bits;
    pps.num_ref_idx_l0_default_active_minus1 = picture.num_ref_idx_l0_default_active_minus1;
    pps.num_ref_idx_l1_default_active_minus1 = picture.num_ref_idx_l1_default_active_minus1;
    pps.init_qp_minus26 = picture.init_qp_minus26;
    pps.diff_cu_qp_delta_depth = picture.diff_cu_qp_delta_depth;
    pps.pps_cb_qp_offset = picture.pps_cb_qp_offset;
    pps.pps_cr_qp_offset = picture.pps_cr_qp_offset;
    pps.log2_parallel_merge_level_minus2 = picture.log2_parallel_merge_level_minus2;
    pps.flags =
        flagIf(slice.dependent_slice_segments_enabled_flag,
               V4L2_HEVC_PPS_FLAG_DEPENDENT_SLICE_SEGMENT_ENABLED) |
        flagIf(slice.output_flag_present_flag, V4L2_HEVC_PPS_FLAG_OUTPUT_FLAG_PRESENT) |
        flagIf(pic.sign_data_hiding_enabled_flag, V4L2_HEVC_PPS_FLAG_SIGN_DATA_HIDING_ENABLED) |
        flagIf(slice.cabac_init_present_flag, V4L2_HEVC_PPS_FLAG_CABAC_INIT_PRESENT) |
        flagIf(pic.constrained_intra_pred_flag, V4L2_HEVC_PPS_FLAG_CONSTRAINED_INTRA_PRED) |
        flagIf(pic.transform_skip_enabled_flag, V4L2_HEVC_PPS_FLAG_TRANSFORM_SKIP_ENABLED) |
        flagIf(pic.cu_qp_delta_enabled_flag, V4L2_HEVC_PPS_FLAG_CU_QP_DELTA_ENABLED) |
        flagIf(slice.pps_slice_chroma_qp_offsets_present_flag,
               V4L2_HEVC_PPS_FLAG_PPS_SLICE_CHROMA_QP_OFFSETS_PRESENT) |
        flagIf(pic.weighted_pred_flag, V4L2_HEVC_PPS_FLAG_WEIGHTED_PRED) |
        flagIf(pic.weighted_bipred_flag, V4L2_HEVC_PPS_FLAG_WEIGHTED_BIPRED) |
        flagIf(pic.transquant_bypass_enabled_flag, V4L2_HEVC_PPS_FLAG_TRANSQUANT_BYPASS_ENABLED) |
        flagIf(pic.tiles_enabled_flag, V4L2_HEVC_PPS_FLAG_TILES_ENABLED) |
        flagIf(pic.entropy_coding_sync_enabled_flag,
               V4L2_HEVC_PPS_FLAG_ENTROPY_CODING_SYNC_ENABLED) |
        flagIf(pic.pps_loop_filter_across_slices_enabled_flag,
               V4L2_HEVC_PPS_FLAG_PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED) |
        flagIf(slice.lists_modification_present_flag,
               V4L2_HEVC_PPS_FLAG_LISTS_MODIFICATION_PRESENT) |
        flagIf(slice.slice_segment_header_extension_present_flag,
               V4L2_HEVC_PPS_FLAG_SLICE_SEGMENT_HEADER_EXTENSION_PRESENT);
    setDeblocking(picture, pps);
    if (pic.tiles_enabled_flag != 0 && !setTiles(picture, pps)) {
        return std::nullopt;
    }
    return pps;
}

v4l2_ctrl_hevc_scaling_matrix hevcScalingMatrix(const std::optional<VAIQMatrixBufferHEVC> &va)
{
    if (!va) {
        return bitstream::hevcDefaultScalingMatrix();
    }
    // Raster order in both.
    v4l2_ctrl_hevc_scaling_matrix matrix{};
    const auto copy = [](auto &to, const auto &from) {
        static_assert(sizeof(to) == sizeof(from));
        std::memcpy(&to, &from, sizeof(to));
    };
    copy(matrix.scaling_list_4x4, va->ScalingList4x4);
    copy(matrix.scaling_list_8x8, va->ScalingList8x8);
    copy(matrix.scaling_list_16x16, va->ScalingList16x16);
    copy(matrix.scaling_list_32x32, va->ScalingList32x32);
    copy(matrix.scaling_list_dc_coef_16x16, va->ScalingListDC16x16);
    copy(matrix.scaling_list_dc_coef_32x32, va->ScalingListDC32x32);
    return matrix;
}

} // namespace daedalus::va
