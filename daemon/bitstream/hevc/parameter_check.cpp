// SPDX-License-Identifier: BSD-2-Clause
// Which values of the controls the engine takes (H.265 7.4.3, and what libavcodec has).
#include <algorithm>
#include <cerrno>
#include <iterator>
#include <span>

#include "bitstream/hevc/parameter_sets.h"
#include "bitstream/hevc/parameter_writer.h"

namespace daedalus::bitstream {
namespace {

constexpr uint8_t kNoPicture = 0xff; ///< in a list of references: missing

bool within(int value, int low, int high)
{
    return value >= low && value <= high;
}

Result<void> checkFormat(const v4l2_ctrl_hevc_sps &sps)
{
    const bool depth = sps.bit_depth_luma_minus8 == 0 || sps.bit_depth_luma_minus8 == 2;
    if (sps.chroma_format_idc != 1 || !depth ||
        sps.bit_depth_chroma_minus8 != sps.bit_depth_luma_minus8 ||
        (sps.flags & V4L2_HEVC_SPS_FLAG_SEPARATE_COLOUR_PLANE) != 0) {
        return fail(ENOTSUP, "H.265: only 8-bit and 10-bit 4:2:0 is supported");
    }
    return {};
}

bool pcmMakesSense(const HevcParameters &parameters)
{
    const v4l2_ctrl_hevc_sps &sps = parameters.sps;
    if (!parameters.spsHas(V4L2_HEVC_SPS_FLAG_PCM_ENABLED)) {
        return true;
    }
    const int depth = sps.bit_depth_luma_minus8 + 8;
    const int log2Min = sps.log2_min_pcm_luma_coding_block_size_minus3 + 3;
    const int log2Max = log2Min + sps.log2_diff_max_min_pcm_luma_coding_block_size;
    const int log2Cb = sps.log2_min_luma_coding_block_size_minus3 + 3;
    return sps.pcm_sample_bit_depth_luma_minus1 < depth &&
           sps.pcm_sample_bit_depth_chroma_minus1 < depth && log2Min >= std::min(log2Cb, 5) &&
           log2Max <= std::min(5, static_cast<int>(hevcLog2CtbSize(sps)));
}

bool blocksMakeSense(const v4l2_ctrl_hevc_sps &sps)
{
    if (sps.log2_min_luma_coding_block_size_minus3 > 3 ||
        sps.log2_diff_max_min_luma_coding_block_size > 3 ||
        sps.log2_min_luma_transform_block_size_minus2 > 3 ||
        sps.log2_diff_max_min_luma_transform_block_size > 3) {
        return false;
    }
    const int log2Ctb = static_cast<int>(hevcLog2CtbSize(sps));
    const int log2Cb = sps.log2_min_luma_coding_block_size_minus3 + 3;
    const int log2Tb = sps.log2_min_luma_transform_block_size_minus2 + 2;
    const int log2MaxTb = log2Tb + sps.log2_diff_max_min_luma_transform_block_size;
    const int depth = log2Ctb - log2Tb;
    return within(log2Ctb, 4, 6) && log2Tb < log2Cb && log2MaxTb <= std::min(log2Ctb, 5) &&
           sps.max_transform_hierarchy_depth_inter <= depth &&
           sps.max_transform_hierarchy_depth_intra <= depth &&
           sps.pic_width_in_luma_samples % (1 << log2Cb) == 0 &&
           sps.pic_height_in_luma_samples % (1 << log2Cb) == 0;
}

Result<void> checkSps(const HevcParameters &parameters)
{
    const v4l2_ctrl_hevc_sps &sps = parameters.sps;
    if (auto checked = checkFormat(sps); !checked) {
        return checked;
    }
    constexpr unsigned kMaxSize = 16384;
    if (sps.pic_width_in_luma_samples == 0 || sps.pic_width_in_luma_samples > kMaxSize ||
        sps.pic_height_in_luma_samples == 0 || sps.pic_height_in_luma_samples > kMaxSize ||
        sps.log2_max_pic_order_cnt_lsb_minus4 > 12 || sps.num_short_term_ref_pic_sets > 64 ||
        sps.num_long_term_ref_pics_sps > 32 || !blocksMakeSense(sps) ||
        !pcmMakesSense(parameters)) {
        return fail(EINVAL, "H.265: a value of the SPS is out of range");
    }
    return {};
}

/// Tiles of explicit sizes have to leave room for the last one.
bool tilesFit(std::span<const uint8_t> sizesMinus1, unsigned countMinus1, uint32_t ctbs)
{
    uint32_t sum = 0;
    for (const uint8_t size : sizesMinus1.first(countMinus1)) {
        sum += size + 1U;
    }
    return sum < ctbs;
}

bool tilesMakeSense(const HevcParameters &parameters)
{
    const v4l2_ctrl_hevc_pps &pps = parameters.pps;
    const uint32_t columns = hevcWidthInCtbs(parameters.sps);
    const uint32_t rows = hevcHeightInCtbs(parameters.sps);
    if (!parameters.ppsHas(V4L2_HEVC_PPS_FLAG_TILES_ENABLED)) {
        return true;
    }
    if (pps.num_tile_columns_minus1 >= std::size(pps.column_width_minus1) ||
        pps.num_tile_rows_minus1 >= std::size(pps.row_height_minus1) ||
        pps.num_tile_columns_minus1 >= columns || pps.num_tile_rows_minus1 >= rows) {
        return false;
    }
    return parameters.ppsHas(V4L2_HEVC_PPS_FLAG_UNIFORM_SPACING) ||
           (tilesFit(pps.column_width_minus1, pps.num_tile_columns_minus1, columns) &&
            tilesFit(pps.row_height_minus1, pps.num_tile_rows_minus1, rows));
}

Result<void> checkPps(const HevcParameters &parameters)
{
    const v4l2_ctrl_hevc_pps &pps = parameters.pps;
    const v4l2_ctrl_hevc_sps &sps = parameters.sps;
    if (pps.num_extra_slice_header_bits > 7 || pps.num_ref_idx_l0_default_active_minus1 > 14 ||
        pps.num_ref_idx_l1_default_active_minus1 > 14 ||
        !within(pps.init_qp_minus26, -(26 + 6 * sps.bit_depth_luma_minus8), 25) ||
        pps.diff_cu_qp_delta_depth > sps.log2_diff_max_min_luma_coding_block_size ||
        !within(pps.pps_cb_qp_offset, -12, 12) || !within(pps.pps_cr_qp_offset, -12, 12) ||
        !within(pps.pps_beta_offset_div2, -6, 6) || !within(pps.pps_tc_offset_div2, -6, 6) ||
        pps.log2_parallel_merge_level_minus2 + 2U > hevcLog2CtbSize(sps) ||
        !tilesMakeSense(parameters)) {
        return fail(EINVAL, "H.265: a value of the PPS is out of range");
    }
    return {};
}

/// A list of references names entries of the buffer, or none.
bool listMakesSense(std::span<const uint8_t> list, unsigned count, unsigned entries)
{
    return count <= list.size() &&
           std::all_of(list.begin(), list.begin() + count,
                       [entries](uint8_t index) { return index == kNoPicture || index < entries; });
}

Result<void> checkDecode(const v4l2_ctrl_hevc_decode_params &decode)
{
    const unsigned entries = decode.num_active_dpb_entries;
    if (entries > std::size(decode.dpb) ||
        !listMakesSense(decode.poc_st_curr_before, decode.num_poc_st_curr_before, entries) ||
        !listMakesSense(decode.poc_st_curr_after, decode.num_poc_st_curr_after, entries) ||
        !listMakesSense(decode.poc_lt_curr, decode.num_poc_lt_curr, entries) ||
        decode.num_poc_st_curr_before + decode.num_poc_st_curr_after + decode.num_poc_lt_curr >
            static_cast<int>(std::size(decode.dpb))) {
        return fail(EINVAL, "H.265: a value of the decode parameters is out of range");
    }
    return {};
}

Result<void> checkScaling(const HevcParameters &parameters)
{
    const auto isZero = [](uint8_t value) { return value == 0; };
    const v4l2_ctrl_hevc_scaling_matrix &scaling = parameters.scaling;
    // 0 cannot be written; nor can it be for other coefficients, where it does no harm.
    if (parameters.spsHas(V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED) &&
        (std::any_of(std::begin(scaling.scaling_list_dc_coef_16x16),
                     std::end(scaling.scaling_list_dc_coef_16x16), isZero) ||
         std::any_of(std::begin(scaling.scaling_list_dc_coef_32x32),
                     std::end(scaling.scaling_list_dc_coef_32x32), isZero))) {
        return fail(EINVAL, "H.265: a scaling list has a zero");
    }
    return {};
}

} // namespace

Result<HevcParameters> readHevcControls(const ControlSet &controls)
{
    const auto sps = controls.get<v4l2_ctrl_hevc_sps>(V4L2_CID_STATELESS_HEVC_SPS);
    const auto pps = controls.get<v4l2_ctrl_hevc_pps>(V4L2_CID_STATELESS_HEVC_PPS);
    const auto decode =
        controls.get<v4l2_ctrl_hevc_decode_params>(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS);
    if (!sps || !pps || !decode) {
        return fail(EINVAL, "H.265: SPS, PPS or decode parameters are missing");
    }
    HevcParameters parameters{.sps = *sps, .pps = *pps, .scaling = {}, .decode = *decode};
    if (parameters.spsHas(V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED)) {
        const auto scaling =
            controls.get<v4l2_ctrl_hevc_scaling_matrix>(V4L2_CID_STATELESS_HEVC_SCALING_MATRIX);
        if (!scaling) {
            return fail(EINVAL, "H.265: the scaling matrix is missing");
        }
        parameters.scaling = *scaling;
    }
    auto checked = checkSps(parameters);
    if (checked) {
        checked = checkPps(parameters);
    }
    if (checked) {
        checked = checkDecode(parameters.decode);
    }
    if (checked) {
        checked = checkScaling(parameters);
    }
    if (!checked) {
        return tl::unexpected(checked.error());
    }
    return parameters;
}

} // namespace daedalus::bitstream
