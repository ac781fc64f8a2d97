// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/codec_av1_controls.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

#include "bitstream/av1/tiles.h"
#include "daedalus/flag_if.h"

namespace daedalus::va {

namespace {

using Picture = VADecPictureParameterBufferAV1;

uint32_t frameFlags(const Picture &picture)
{
    const auto &pic = picture.pic_info_fields.bits;
    const auto &mode = picture.mode_control_fields.bits;
    return flagIf(pic.show_frame, V4L2_AV1_FRAME_FLAG_SHOW_FRAME) |
           flagIf(pic.showable_frame, V4L2_AV1_FRAME_FLAG_SHOWABLE_FRAME) |
           flagIf(pic.error_resilient_mode, V4L2_AV1_FRAME_FLAG_ERROR_RESILIENT_MODE) |
           flagIf(pic.disable_cdf_update, V4L2_AV1_FRAME_FLAG_DISABLE_CDF_UPDATE) |
           flagIf(pic.allow_screen_content_tools, V4L2_AV1_FRAME_FLAG_ALLOW_SCREEN_CONTENT_TOOLS) |
           flagIf(pic.force_integer_mv, V4L2_AV1_FRAME_FLAG_FORCE_INTEGER_MV) |
           flagIf(pic.allow_intrabc, V4L2_AV1_FRAME_FLAG_ALLOW_INTRABC) |
           flagIf(pic.use_superres, V4L2_AV1_FRAME_FLAG_USE_SUPERRES) |
           flagIf(pic.allow_high_precision_mv, V4L2_AV1_FRAME_FLAG_ALLOW_HIGH_PRECISION_MV) |
           flagIf(pic.is_motion_mode_switchable, V4L2_AV1_FRAME_FLAG_IS_MOTION_MODE_SWITCHABLE) |
           flagIf(pic.use_ref_frame_mvs, V4L2_AV1_FRAME_FLAG_USE_REF_FRAME_MVS) |
           flagIf(pic.disable_frame_end_update_cdf,
                  V4L2_AV1_FRAME_FLAG_DISABLE_FRAME_END_UPDATE_CDF) |
           flagIf(pic.allow_warped_motion, V4L2_AV1_FRAME_FLAG_ALLOW_WARPED_MOTION) |
           flagIf(mode.reference_select, V4L2_AV1_FRAME_FLAG_REFERENCE_SELECT) |
           flagIf(mode.reduced_tx_set_used, V4L2_AV1_FRAME_FLAG_REDUCED_TX_SET) |
           flagIf(mode.skip_mode_present, V4L2_AV1_FRAME_FLAG_SKIP_MODE_PRESENT);
}

v4l2_av1_quantization quantizationOf(const Picture &picture)
{
    const auto &mode = picture.mode_control_fields.bits;
    const auto &matrix = picture.qmatrix_fields.bits;
    v4l2_av1_quantization out{};
    out.flags = static_cast<uint8_t>(
        flagIf(picture.u_dc_delta_q != picture.v_dc_delta_q ||
                   picture.u_ac_delta_q != picture.v_ac_delta_q,
               V4L2_AV1_QUANTIZATION_FLAG_DIFF_UV_DELTA) |
        flagIf(matrix.using_qmatrix, V4L2_AV1_QUANTIZATION_FLAG_USING_QMATRIX) |
        flagIf(mode.delta_q_present_flag, V4L2_AV1_QUANTIZATION_FLAG_DELTA_Q_PRESENT));
    out.base_q_idx = picture.base_qindex;
    out.delta_q_y_dc = picture.y_dc_delta_q;
    out.delta_q_u_dc = picture.u_dc_delta_q;
    out.delta_q_u_ac = picture.u_ac_delta_q;
    out.delta_q_v_dc = picture.v_dc_delta_q;
    out.delta_q_v_ac = picture.v_ac_delta_q;
    if (matrix.using_qmatrix) {
        out.qm_y = matrix.qm_y;
        out.qm_u = matrix.qm_u;
        out.qm_v = matrix.qm_v;
    }
    out.delta_q_res = mode.log2_delta_q_res;
    return out;
}

v4l2_av1_segmentation segmentationOf(const VASegmentationStructAV1 &info)
{
    const auto &bits = info.segment_info_fields.bits;
    v4l2_av1_segmentation out{};
    if (!bits.enabled) {
        return out;
    }
    out.flags = static_cast<uint8_t>(
        flagIf(bits.enabled, V4L2_AV1_SEGMENTATION_FLAG_ENABLED) |
        flagIf(bits.update_map, V4L2_AV1_SEGMENTATION_FLAG_UPDATE_MAP) |
        flagIf(bits.temporal_update, V4L2_AV1_SEGMENTATION_FLAG_TEMPORAL_UPDATE) |
        flagIf(bits.update_data, V4L2_AV1_SEGMENTATION_FLAG_UPDATE_DATA));
    for (unsigned segment = 0; segment < V4L2_AV1_MAX_SEGMENTS; ++segment) {
        out.feature_enabled[segment] = info.feature_mask[segment];
        for (unsigned feature = 0; feature < V4L2_AV1_SEG_LVL_MAX; ++feature) {
            if ((info.feature_mask[segment] & V4L2_AV1_SEGMENT_FEATURE_ENABLED(feature)) == 0) {
                continue;
            }
            out.feature_data[segment][feature] = info.feature_data[segment][feature];
            out.last_active_seg_id = static_cast<uint8_t>(segment);
            if (feature >= V4L2_AV1_SEG_LVL_REF_FRAME) {
                out.flags |= V4L2_AV1_SEGMENTATION_FLAG_SEG_ID_PRE_SKIP;
            }
        }
    }
    return out;
}

v4l2_av1_loop_filter loopFilterOf(const Picture &picture)
{
    const auto &bits = picture.loop_filter_info_fields.bits;
    const auto &mode = picture.mode_control_fields.bits;
    v4l2_av1_loop_filter out{};
    out.flags = static_cast<uint8_t>(
        flagIf(bits.mode_ref_delta_enabled, V4L2_AV1_LOOP_FILTER_FLAG_DELTA_ENABLED) |
        flagIf(bits.mode_ref_delta_update, V4L2_AV1_LOOP_FILTER_FLAG_DELTA_UPDATE) |
        flagIf(mode.delta_lf_present_flag, V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_PRESENT) |
        flagIf(mode.delta_lf_multi, V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_MULTI));
    out.level[0] = picture.filter_level[0];
    out.level[1] = picture.filter_level[1];
    out.level[2] = picture.filter_level_u;
    out.level[3] = picture.filter_level_v;
    out.sharpness = bits.sharpness_level;
    std::ranges::copy(picture.ref_deltas, out.ref_deltas);
    std::ranges::copy(picture.mode_deltas, out.mode_deltas);
    out.delta_lf_res = mode.log2_delta_lf_res;
    return out;
}

/// VA packs the strengths as the bitstream has them, where 3 is a secondary
/// strength of 4.
v4l2_av1_cdef cdefOf(const Picture &picture)
{
    const auto primary = [](uint8_t packed) { return static_cast<uint8_t>(packed >> 2); };
    const auto secondary = [](uint8_t packed) {
        const auto strength = static_cast<uint8_t>(packed & 3);
        return strength == 3 ? uint8_t{4} : strength;
    };
    v4l2_av1_cdef out{};
    out.damping_minus_3 = picture.cdef_damping_minus_3;
    out.bits = picture.cdef_bits;
    const unsigned count = std::min(1U << (picture.cdef_bits & 3), unsigned{V4L2_AV1_CDEF_MAX});
    for (unsigned i = 0; i < count; ++i) {
        out.y_pri_strength[i] = primary(picture.cdef_y_strengths[i]);
        out.y_sec_strength[i] = secondary(picture.cdef_y_strengths[i]);
        out.uv_pri_strength[i] = primary(picture.cdef_uv_strengths[i]);
        out.uv_sec_strength[i] = secondary(picture.cdef_uv_strengths[i]);
    }
    return out;
}

v4l2_av1_loop_restoration restorationOf(const Picture &picture)
{
    constexpr uint32_t kSmallestUnit = 64;
    const auto &bits = picture.loop_restoration_fields.bits;
    const std::array<unsigned, V4L2_AV1_NUM_PLANES_MAX> types{
        bits.yframe_restoration_type, bits.cbframe_restoration_type, bits.crframe_restoration_type};
    v4l2_av1_loop_restoration out{};
    for (unsigned plane = 0; plane < types.size(); ++plane) {
        out.frame_restoration_type[plane] =
            static_cast<v4l2_av1_frame_restoration_type>(types[plane]);
        if (types[plane] != V4L2_AV1_FRAME_RESTORE_NONE) {
            out.flags |= V4L2_AV1_LOOP_RESTORATION_FLAG_USES_LR;
            out.flags |= plane > 0 ? V4L2_AV1_LOOP_RESTORATION_FLAG_USES_CHROMA_LR : 0;
        }
    }
    if (out.flags == 0) {
        return out;
    }
    out.lr_unit_shift = bits.lr_unit_shift;
    out.lr_uv_shift = bits.lr_uv_shift;
    out.loop_restoration_size[0] = kSmallestUnit << bits.lr_unit_shift;
    out.loop_restoration_size[1] = out.loop_restoration_size[0] >> bits.lr_uv_shift;
    out.loop_restoration_size[2] = out.loop_restoration_size[1];
    return out;
}

v4l2_av1_global_motion globalMotionOf(const Picture &picture)
{
    v4l2_av1_global_motion out{};
    for (unsigned i = 0; i < V4L2_AV1_REFS_PER_FRAME; ++i) {
        const VAWarpedMotionParamsAV1 &from = picture.wm[i];
        const unsigned reference = V4L2_AV1_REF_LAST_FRAME + i;
        out.flags[reference] =
            static_cast<uint8_t>(flagIf(from.wmtype != VAAV1TransformationIdentity,
                                        V4L2_AV1_GLOBAL_MOTION_FLAG_IS_GLOBAL) |
                                 flagIf(from.wmtype == VAAV1TransformationRotzoom,
                                        V4L2_AV1_GLOBAL_MOTION_FLAG_IS_ROT_ZOOM) |
                                 flagIf(from.wmtype == VAAV1TransformationTranslation,
                                        V4L2_AV1_GLOBAL_MOTION_FLAG_IS_TRANSLATION));
        out.type[reference] = static_cast<v4l2_av1_warp_model>(from.wmtype);
        std::copy_n(from.wmmat, std::size(out.params[reference]), out.params[reference]);
        if (from.invalid != 0) {
            out.invalid |= static_cast<uint8_t>(V4L2_AV1_GLOBAL_MOTION_IS_INVALID(reference));
        }
    }
    return out;
}

} // namespace

v4l2_ctrl_av1_sequence av1Sequence(const Picture &picture)
{
    constexpr std::array<uint8_t, 3> kBitDepths{8, 10, 12};
    const auto &fields = picture.seq_info_fields.fields;
    v4l2_ctrl_av1_sequence out{};
    out.flags =
        flagIf(fields.still_picture, V4L2_AV1_SEQUENCE_FLAG_STILL_PICTURE) |
        flagIf(fields.use_128x128_superblock, V4L2_AV1_SEQUENCE_FLAG_USE_128X128_SUPERBLOCK) |
        flagIf(fields.enable_filter_intra, V4L2_AV1_SEQUENCE_FLAG_ENABLE_FILTER_INTRA) |
        flagIf(fields.enable_intra_edge_filter, V4L2_AV1_SEQUENCE_FLAG_ENABLE_INTRA_EDGE_FILTER) |
        flagIf(fields.enable_interintra_compound,
               V4L2_AV1_SEQUENCE_FLAG_ENABLE_INTERINTRA_COMPOUND) |
        flagIf(fields.enable_masked_compound, V4L2_AV1_SEQUENCE_FLAG_ENABLE_MASKED_COMPOUND) |
        V4L2_AV1_SEQUENCE_FLAG_ENABLE_WARPED_MOTION |
        flagIf(fields.enable_dual_filter, V4L2_AV1_SEQUENCE_FLAG_ENABLE_DUAL_FILTER) |
        flagIf(fields.enable_order_hint, V4L2_AV1_SEQUENCE_FLAG_ENABLE_ORDER_HINT) |
        flagIf(fields.enable_jnt_comp, V4L2_AV1_SEQUENCE_FLAG_ENABLE_JNT_COMP) |
        flagIf(fields.enable_order_hint, V4L2_AV1_SEQUENCE_FLAG_ENABLE_REF_FRAME_MVS) |
        V4L2_AV1_SEQUENCE_FLAG_ENABLE_SUPERRES |
        flagIf(fields.enable_cdef, V4L2_AV1_SEQUENCE_FLAG_ENABLE_CDEF) |
        V4L2_AV1_SEQUENCE_FLAG_ENABLE_RESTORATION |
        flagIf(fields.mono_chrome, V4L2_AV1_SEQUENCE_FLAG_MONO_CHROME) |
        flagIf(fields.color_range, V4L2_AV1_SEQUENCE_FLAG_COLOR_RANGE) |
        flagIf(fields.subsampling_x, V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X) |
        flagIf(fields.subsampling_y, V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y) |
        flagIf(fields.film_grain_params_present, V4L2_AV1_SEQUENCE_FLAG_FILM_GRAIN_PARAMS_PRESENT) |
        flagIf(!fields.mono_chrome, V4L2_AV1_SEQUENCE_FLAG_SEPARATE_UV_DELTA_Q);
    out.seq_profile = picture.profile;
    out.order_hint_bits = fields.enable_order_hint
                              ? static_cast<uint8_t>(picture.order_hint_bits_minus_1 + 1)
                              : uint8_t{0};
    out.bit_depth =
        picture.bit_depth_idx < kBitDepths.size() ? kBitDepths[picture.bit_depth_idx] : uint8_t{0};
    out.max_frame_width_minus_1 = UINT16_MAX;
    out.max_frame_height_minus_1 = UINT16_MAX;
    return out;
}

v4l2_ctrl_av1_frame av1Frame(const Picture &picture)
{
    const auto &pic = picture.pic_info_fields.bits;
    v4l2_ctrl_av1_frame out{};
    out.quantization = quantizationOf(picture);
    out.superres_denom =
        pic.use_superres ? picture.superres_scale_denominator : bitstream::kAv1SuperresNumerator;
    out.segmentation = segmentationOf(picture.seg_info);
    out.loop_filter = loopFilterOf(picture);
    out.cdef = cdefOf(picture);
    out.primary_ref_frame = picture.primary_ref_frame;
    out.loop_restoration = restorationOf(picture);
    out.global_motion = globalMotionOf(picture);
    out.flags = frameFlags(picture);
    out.frame_type = static_cast<v4l2_av1_frame_type>(pic.frame_type);
    out.order_hint = picture.order_hint;
    out.upscaled_width = picture.frame_width_minus1 + 1U;
    out.interpolation_filter = static_cast<v4l2_av1_interpolation_filter>(picture.interp_filter);
    out.tx_mode = static_cast<v4l2_av1_tx_mode>(picture.mode_control_fields.bits.tx_mode);
    // A denominator of 0 is the decoder's to refuse.
    out.frame_width_minus_1 =
        out.superres_denom != 0
            ? bitstream::av1CodedWidth(out.upscaled_width, out.superres_denom) - 1
            : picture.frame_width_minus1;
    out.frame_height_minus_1 = picture.frame_height_minus1;
    // VA does not tell what part to show, which is the client's business.
    out.render_width_minus_1 = picture.frame_width_minus1;
    out.render_height_minus_1 = picture.frame_height_minus1;
    return out;
}

std::optional<v4l2_av1_tile_info> av1TileInfo(const Picture &picture, uint32_t codedWidth)
{
    const uint32_t columns = picture.tile_cols;
    const uint32_t rows = picture.tile_rows;
    if (columns == 0 || columns > V4L2_AV1_MAX_TILE_COLS || rows == 0 ||
        rows > V4L2_AV1_MAX_TILE_ROWS || picture.context_update_tile_id >= columns * rows ||
        picture.context_update_tile_id > UINT8_MAX) {
        return std::nullopt;
    }
    const bitstream::Av1TileLimits limits(codedWidth, picture.frame_height_minus1 + 1U,
                                          picture.seq_info_fields.fields.use_128x128_superblock);
    const bool uniform = picture.pic_info_fields.bits.uniform_tile_spacing_flag;
    const auto cut = [uniform](uint32_t superblocks, uint32_t count, const auto &minus1) {
        return uniform ? bitstream::av1UniformTiles(superblocks, bitstream::av1TileLog2(1, count))
                       : bitstream::av1ExplicitTiles(superblocks, count, minus1);
    };
    const auto widths = cut(limits.sbCols, columns, picture.width_in_sbs_minus_1);
    const auto heights = cut(limits.sbRows, rows, picture.height_in_sbs_minus_1);
    if (widths.size() != columns || heights.size() != rows) {
        return std::nullopt;
    }
    v4l2_av1_tile_info info{};
    info.flags = uniform ? V4L2_AV1_TILE_INFO_FLAG_UNIFORM_TILE_SPACING : 0;
    info.context_update_tile_id = static_cast<uint8_t>(picture.context_update_tile_id);
    info.tile_size_bytes = sizeof(uint32_t); // VA does not tell; it only matters for syntax
    limits.place(widths, heights, info);
    return info;
}

bool av1AppliesGrain(const Picture &picture)
{
    return picture.seq_info_fields.fields.film_grain_params_present &&
           picture.film_grain_info.film_grain_info_fields.bits.apply_grain;
}

v4l2_ctrl_av1_film_grain av1FilmGrain(const Picture &picture)
{
    v4l2_ctrl_av1_film_grain out{};
    if (!av1AppliesGrain(picture)) {
        return out;
    }
    const VAFilmGrainStructAV1 &from = picture.film_grain_info;
    const auto &bits = from.film_grain_info_fields.bits;
    const auto plus128 = [](int8_t value) { return static_cast<uint8_t>(value + 128); };
    // All parameters are here, so none is taken over from a reference.
    out.flags = static_cast<uint8_t>(
        V4L2_AV1_FILM_GRAIN_FLAG_APPLY_GRAIN | V4L2_AV1_FILM_GRAIN_FLAG_UPDATE_GRAIN |
        flagIf(bits.chroma_scaling_from_luma, V4L2_AV1_FILM_GRAIN_FLAG_CHROMA_SCALING_FROM_LUMA) |
        flagIf(bits.overlap_flag, V4L2_AV1_FILM_GRAIN_FLAG_OVERLAP) |
        flagIf(bits.clip_to_restricted_range, V4L2_AV1_FILM_GRAIN_FLAG_CLIP_TO_RESTRICTED_RANGE));
    out.grain_seed = from.grain_seed;
    out.num_y_points = from.num_y_points;
    std::ranges::copy(from.point_y_value, out.point_y_value);
    std::ranges::copy(from.point_y_scaling, out.point_y_scaling);
    out.num_cb_points = from.num_cb_points;
    std::ranges::copy(from.point_cb_value, out.point_cb_value);
    std::ranges::copy(from.point_cb_scaling, out.point_cb_scaling);
    out.num_cr_points = from.num_cr_points;
    std::ranges::copy(from.point_cr_value, out.point_cr_value);
    std::ranges::copy(from.point_cr_scaling, out.point_cr_scaling);
    out.grain_scaling_minus_8 = bits.grain_scaling_minus_8;
    out.ar_coeff_lag = bits.ar_coeff_lag;
    std::ranges::transform(from.ar_coeffs_y, out.ar_coeffs_y_plus_128, plus128);
    std::ranges::transform(from.ar_coeffs_cb, out.ar_coeffs_cb_plus_128, plus128);
    std::ranges::transform(from.ar_coeffs_cr, out.ar_coeffs_cr_plus_128, plus128);
    out.ar_coeff_shift_minus_6 = bits.ar_coeff_shift_minus_6;
    out.grain_scale_shift = bits.grain_scale_shift;
    out.cb_mult = from.cb_mult;
    out.cb_luma_mult = from.cb_luma_mult;
    out.cb_offset = from.cb_offset;
    out.cr_mult = from.cr_mult;
    out.cr_luma_mult = from.cr_luma_mult;
    out.cr_offset = from.cr_offset;
    return out;
}

} // namespace daedalus::va
