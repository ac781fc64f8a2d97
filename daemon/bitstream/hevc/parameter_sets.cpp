// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/hevc/parameter_sets.h"

#include <algorithm>
#include <cerrno>

#include "bitstream/bit_reader.h"
#include "bitstream/hevc/scaling.h"
#include "bitstream/hevc/vui.h"

namespace daedalus::bitstream {

namespace {

constexpr unsigned kMaxSubLayers = 7;
constexpr uint32_t kMaxShortTermSets = 64;
constexpr uint32_t kMaxLongTermCandidates = 32;

/// A value that has to be at most @p most; anything more makes @p good false.
uint8_t bounded(uint32_t value, uint32_t most, bool &good)
{
    good = good && value <= most;
    return static_cast<uint8_t>(std::min(value, most));
}

int8_t within(int32_t value, int32_t low, int32_t high, bool &good)
{
    good = good && value >= low && value <= high;
    return static_cast<int8_t>(std::clamp(value, low, high));
}

class SpsParser {
public:
    explicit SpsParser(std::span<const uint8_t> rbsp) : reader_(rbsp) {}
    Result<HevcSps> parse();

private:
    void readProfileTierLevel(unsigned subLayersMinus1);
    void readPictureFormat();
    void readSubLayers(unsigned subLayersMinus1);
    void readBlockSizes();
    void readScaling();
    void readTools();
    void readPcm();
    void readShortTermSets();
    void readLongTerm();
    void readExtensions(unsigned subLayersMinus1);
    void flag(uint64_t bit);
    [[nodiscard]] bool sizesMakeSense() const;

    BitReader reader_;
    HevcSps sps_;
    bool good_ = true;
    bool mainProfile_ = true;
    bool extended_ = false; ///< tools that neither Main nor Main 10 has
};

void SpsParser::flag(uint64_t bit)
{
    sps_.control.flags |= reader_.flag() ? bit : 0;
}

/// profile_tier_level() (7.3.3).
void SpsParser::readProfileTierLevel(unsigned subLayersMinus1)
{
    constexpr unsigned kMainStillPicture = 3;
    reader_.skip(3); // general_profile_space, general_tier_flag
    const uint32_t profile = reader_.bits(5);
    const uint32_t compatible = reader_.bits(32);
    // Format range extensions and later ones are Main as long as they use none of their
    // tools, and all the more where they say that any Main decoder will do.
    const uint32_t mains = compatible >> (31 - kMainStillPicture) & 7;
    mainProfile_ = profile <= kMainStillPicture || mains != 0;
    reader_.skip(48); // constraint flags
    reader_.skip(8);  // general_level_idc
    uint32_t present = 0;
    for (unsigned i = 0; i < subLayersMinus1; ++i) {
        present = present << 2 | reader_.bits(2);
    }
    if (subLayersMinus1 > 0) {
        reader_.skip(2 * (8 - subLayersMinus1));
    }
    for (unsigned i = subLayersMinus1; i-- > 0;) {
        reader_.skip((present >> (2 * i + 1) & 1) != 0 ? 88 : 0); // sub_layer_profile ...
        reader_.skip((present >> (2 * i) & 1) != 0 ? 8 : 0);      // sub_layer_level_idc
    }
}

void SpsParser::readPictureFormat()
{
    auto &control = sps_.control;
    control.chroma_format_idc = bounded(reader_.ue(), 3, good_);
    if (control.chroma_format_idc == 3) {
        flag(V4L2_HEVC_SPS_FLAG_SEPARATE_COLOUR_PLANE);
    }
    const uint32_t width = reader_.ue();
    const uint32_t height = reader_.ue();
    constexpr uint32_t kMaxSize = 16384;
    good_ = good_ && width > 0 && height > 0 && width <= kMaxSize && height <= kMaxSize;
    control.pic_width_in_luma_samples = static_cast<uint16_t>(width);
    control.pic_height_in_luma_samples = static_cast<uint16_t>(height);
    sps_.visible = {0, 0, width, height};
    if (reader_.flag()) { // conformance_window_flag
        const uint32_t unitX =
            control.chroma_format_idc == 1 || control.chroma_format_idc == 2 ? 2 : 1;
        const uint32_t unitY = control.chroma_format_idc == 1 ? 2 : 1;
        const uint64_t left = uint64_t{reader_.ue()} * unitX;
        const uint64_t right = uint64_t{reader_.ue()} * unitX;
        const uint64_t top = uint64_t{reader_.ue()} * unitY;
        const uint64_t bottom = uint64_t{reader_.ue()} * unitY;
        // A window without samples is taken for damage, and all of the picture is shown.
        if (left + right < width && top + bottom < height) {
            sps_.visible = {static_cast<uint32_t>(left), static_cast<uint32_t>(top),
                            static_cast<uint32_t>(width - left - right),
                            static_cast<uint32_t>(height - top - bottom)};
        }
    }
    control.bit_depth_luma_minus8 = bounded(reader_.ue(), 8, good_);
    control.bit_depth_chroma_minus8 = bounded(reader_.ue(), 8, good_);
    control.log2_max_pic_order_cnt_lsb_minus4 = bounded(reader_.ue(), 12, good_);
}

/// What is said of the highest sub-layer, which comes last.
void SpsParser::readSubLayers(unsigned subLayersMinus1)
{
    auto &control = sps_.control;
    const bool all = reader_.flag(); // sps_sub_layer_ordering_info_present_flag
    for (unsigned i = all ? 0 : subLayersMinus1; i <= subLayersMinus1; ++i) {
        control.sps_max_dec_pic_buffering_minus1 =
            bounded(reader_.ue(), kHevcMaxPictures - 1, good_);
        control.sps_max_num_reorder_pics = bounded(reader_.ue(), kHevcMaxPictures - 1, good_);
        control.sps_max_latency_increase_plus1 =
            static_cast<uint8_t>(std::min<uint32_t>(reader_.ue(), UINT8_MAX));
    }
}

void SpsParser::readBlockSizes()
{
    auto &control = sps_.control;
    control.log2_min_luma_coding_block_size_minus3 = bounded(reader_.ue(), 3, good_);
    control.log2_diff_max_min_luma_coding_block_size = bounded(reader_.ue(), 3, good_);
    control.log2_min_luma_transform_block_size_minus2 = bounded(reader_.ue(), 3, good_);
    control.log2_diff_max_min_luma_transform_block_size = bounded(reader_.ue(), 3, good_);
    control.max_transform_hierarchy_depth_inter = bounded(reader_.ue(), 4, good_);
    control.max_transform_hierarchy_depth_intra = bounded(reader_.ue(), 4, good_);
}

void SpsParser::readScaling()
{
    sps_.scaling = hevcDefaultScalingMatrix();
    flag(V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED);
    if (sps_.has(V4L2_HEVC_SPS_FLAG_SCALING_LIST_ENABLED) && reader_.flag()) {
        good_ = good_ && readHevcScalingLists(reader_, sps_.scaling);
    }
}

void SpsParser::readPcm()
{
    auto &control = sps_.control;
    control.pcm_sample_bit_depth_luma_minus1 = static_cast<uint8_t>(reader_.bits(4));
    control.pcm_sample_bit_depth_chroma_minus1 = static_cast<uint8_t>(reader_.bits(4));
    control.log2_min_pcm_luma_coding_block_size_minus3 = bounded(reader_.ue(), 2, good_);
    control.log2_diff_max_min_pcm_luma_coding_block_size = bounded(reader_.ue(), 2, good_);
    flag(V4L2_HEVC_SPS_FLAG_PCM_LOOP_FILTER_DISABLED);
}

void SpsParser::readShortTermSets()
{
    const uint32_t count = reader_.ue();
    good_ = good_ && count <= kMaxShortTermSets;
    sps_.control.num_short_term_ref_pic_sets = static_cast<uint8_t>(count);
    for (uint32_t i = 0; good_ && i < count; ++i) {
        auto set = readHevcShortTermSet(reader_, sps_.shortTermSets, false);
        good_ = set.has_value();
        if (set) {
            sps_.shortTermSets.push_back(std::move(*set));
        }
    }
}

void SpsParser::readLongTerm()
{
    flag(V4L2_HEVC_SPS_FLAG_LONG_TERM_REF_PICS_PRESENT);
    if (!sps_.has(V4L2_HEVC_SPS_FLAG_LONG_TERM_REF_PICS_PRESENT)) {
        return;
    }
    const uint32_t count = reader_.ue();
    good_ = good_ && count <= kMaxLongTermCandidates;
    sps_.control.num_long_term_ref_pics_sps = static_cast<uint8_t>(count);
    for (uint32_t i = 0; good_ && i < count; ++i) {
        const uint32_t lsb = reader_.bits(sps_.control.log2_max_pic_order_cnt_lsb_minus4 + 4U);
        sps_.longTerm.push_back({.pocLsb = lsb, .used = reader_.flag()});
    }
}

void SpsParser::readTools()
{
    readScaling();
    flag(V4L2_HEVC_SPS_FLAG_AMP_ENABLED);
    flag(V4L2_HEVC_SPS_FLAG_SAMPLE_ADAPTIVE_OFFSET);
    flag(V4L2_HEVC_SPS_FLAG_PCM_ENABLED);
    if (sps_.has(V4L2_HEVC_SPS_FLAG_PCM_ENABLED)) {
        readPcm();
    }
    readShortTermSets();
    readLongTerm();
    flag(V4L2_HEVC_SPS_FLAG_SPS_TEMPORAL_MVP_ENABLED);
    flag(V4L2_HEVC_SPS_FLAG_STRONG_INTRA_SMOOTHING_ENABLED);
}

/// What follows has no part in how pictures of Main profiles are decoded.
void SpsParser::readExtensions(unsigned subLayersMinus1)
{
    if (mainProfile_) {
        return;
    }
    if (reader_.flag()) { // vui_parameters_present_flag
        skipHevcVui(reader_, subLayersMinus1);
    }
    if (reader_.flag()) { // sps_extension_present_flag
        constexpr unsigned kRangeTools = 9;
        const bool range = reader_.flag();
        const bool multilayer = reader_.flag();
        const uint32_t others = reader_.bits(6);
        extended_ = multilayer || others != 0 || (range && reader_.bits(kRangeTools) != 0);
    }
}

bool SpsParser::sizesMakeSense() const
{
    const auto &control = sps_.control;
    const unsigned log2Ctb = hevcLog2CtbSize(control);
    const uint32_t minCb = 8U << control.log2_min_luma_coding_block_size_minus3;
    return log2Ctb <= 6 && control.pic_width_in_luma_samples % minCb == 0 &&
           control.pic_height_in_luma_samples % minCb == 0;
}

Result<HevcSps> SpsParser::parse()
{
    sps_.control.video_parameter_set_id = static_cast<uint8_t>(reader_.bits(4));
    const unsigned subLayersMinus1 = reader_.bits(3);
    if (subLayersMinus1 >= kMaxSubLayers) {
        return fail(EBADMSG, "H.265: a sequence parameter set is damaged");
    }
    sps_.control.sps_max_sub_layers_minus1 = static_cast<uint8_t>(subLayersMinus1);
    reader_.skip(1); // sps_temporal_id_nesting_flag
    readProfileTierLevel(subLayersMinus1);
    sps_.control.seq_parameter_set_id = bounded(reader_.ue(), 15, good_);
    readPictureFormat();
    readSubLayers(subLayersMinus1);
    readBlockSizes();
    readTools();
    readExtensions(subLayersMinus1);
    if (extended_) {
        return fail(ENOTSUP, "H.265: neither Main nor Main 10");
    }
    if (!good_ || reader_.failed() || !sizesMakeSense()) {
        return fail(EBADMSG, "H.265: a sequence parameter set is damaged");
    }
    return std::move(sps_);
}

class PpsParser {
public:
    explicit PpsParser(std::span<const uint8_t> rbsp) : reader_(rbsp) {}
    Result<HevcPps> parse();

private:
    void flag(uint64_t bit);
    void readQuantization();
    void readTiles();
    void readDeblocking();
    bool usesRangeExtension();

    BitReader reader_;
    HevcPps pps_;
    bool good_ = true;
};

void PpsParser::flag(uint64_t bit)
{
    pps_.control.flags |= reader_.flag() ? bit : 0;
}

void PpsParser::readQuantization()
{
    auto &control = pps_.control;
    control.init_qp_minus26 = within(reader_.se(), -74, 25, good_);
    flag(V4L2_HEVC_PPS_FLAG_CONSTRAINED_INTRA_PRED);
    flag(V4L2_HEVC_PPS_FLAG_TRANSFORM_SKIP_ENABLED);
    flag(V4L2_HEVC_PPS_FLAG_CU_QP_DELTA_ENABLED);
    if (pps_.has(V4L2_HEVC_PPS_FLAG_CU_QP_DELTA_ENABLED)) {
        control.diff_cu_qp_delta_depth = bounded(reader_.ue(), 3, good_);
    }
    control.pps_cb_qp_offset = within(reader_.se(), -12, 12, good_);
    control.pps_cr_qp_offset = within(reader_.se(), -12, 12, good_);
    flag(V4L2_HEVC_PPS_FLAG_PPS_SLICE_CHROMA_QP_OFFSETS_PRESENT);
}

void PpsParser::readTiles()
{
    auto &control = pps_.control;
    constexpr unsigned kMaxColumns = 20;
    constexpr unsigned kMaxRows = 22;
    control.num_tile_columns_minus1 = bounded(reader_.ue(), kMaxColumns - 1, good_);
    control.num_tile_rows_minus1 = bounded(reader_.ue(), kMaxRows - 1, good_);
    flag(V4L2_HEVC_PPS_FLAG_UNIFORM_SPACING);
    if (!pps_.has(V4L2_HEVC_PPS_FLAG_UNIFORM_SPACING)) {
        for (unsigned i = 0; i < control.num_tile_columns_minus1; ++i) {
            control.column_width_minus1[i] = bounded(reader_.ue(), UINT8_MAX, good_);
        }
        for (unsigned i = 0; i < control.num_tile_rows_minus1; ++i) {
            control.row_height_minus1[i] = bounded(reader_.ue(), UINT8_MAX, good_);
        }
    }
    flag(V4L2_HEVC_PPS_FLAG_LOOP_FILTER_ACROSS_TILES_ENABLED);
}

void PpsParser::readDeblocking()
{
    auto &control = pps_.control;
    flag(V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_OVERRIDE_ENABLED);
    flag(V4L2_HEVC_PPS_FLAG_PPS_DISABLE_DEBLOCKING_FILTER);
    if (!pps_.has(V4L2_HEVC_PPS_FLAG_PPS_DISABLE_DEBLOCKING_FILTER)) {
        control.pps_beta_offset_div2 = within(reader_.se(), -6, 6, good_);
        control.pps_tc_offset_div2 = within(reader_.se(), -6, 6, good_);
    }
}

/// Whether pps_range_extension() (7.3.2.3.2) is there and switches anything on.
bool PpsParser::usesRangeExtension()
{
    // pps_extension_present_flag, pps_range_extension_flag
    if (!reader_.flag() || !reader_.flag()) {
        return false;
    }
    reader_.skip(7); // other extensions, which a Main decoder leaves alone
    uint32_t used = 0;
    if (pps_.has(V4L2_HEVC_PPS_FLAG_TRANSFORM_SKIP_ENABLED)) {
        used |= reader_.ue(); // log2_max_transform_skip_block_size_minus2
    }
    used |= reader_.bits(2); // cross-component prediction, chroma_qp_offset_list_enabled_flag
    if (used == 0) {
        used |= reader_.ue(); // log2_sao_offset_scale_luma
        used |= reader_.ue(); // log2_sao_offset_scale_chroma
    }
    return used != 0;
}

Result<HevcPps> PpsParser::parse()
{
    auto &control = pps_.control;
    control.pic_parameter_set_id = bounded(reader_.ue(), 63, good_);
    pps_.spsId = bounded(reader_.ue(), 15, good_);
    flag(V4L2_HEVC_PPS_FLAG_DEPENDENT_SLICE_SEGMENT_ENABLED);
    flag(V4L2_HEVC_PPS_FLAG_OUTPUT_FLAG_PRESENT);
    control.num_extra_slice_header_bits = static_cast<uint8_t>(reader_.bits(3));
    flag(V4L2_HEVC_PPS_FLAG_SIGN_DATA_HIDING_ENABLED);
    flag(V4L2_HEVC_PPS_FLAG_CABAC_INIT_PRESENT);
    control.num_ref_idx_l0_default_active_minus1 = bounded(reader_.ue(), 14, good_);
    control.num_ref_idx_l1_default_active_minus1 = bounded(reader_.ue(), 14, good_);
    readQuantization();
    flag(V4L2_HEVC_PPS_FLAG_WEIGHTED_PRED);
    flag(V4L2_HEVC_PPS_FLAG_WEIGHTED_BIPRED);
    flag(V4L2_HEVC_PPS_FLAG_TRANSQUANT_BYPASS_ENABLED);
    flag(V4L2_HEVC_PPS_FLAG_TILES_ENABLED);
    flag(V4L2_HEVC_PPS_FLAG_ENTROPY_CODING_SYNC_ENABLED);
    if (pps_.has(V4L2_HEVC_PPS_FLAG_TILES_ENABLED)) {
        readTiles();
    }
    flag(V4L2_HEVC_PPS_FLAG_PPS_LOOP_FILTER_ACROSS_SLICES_ENABLED);
    flag(V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT);
    if (pps_.has(V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT)) {
        readDeblocking();
    }
    pps_.hasScaling = reader_.flag();
    if (pps_.hasScaling) {
        pps_.scaling = hevcDefaultScalingMatrix();
        good_ = good_ && readHevcScalingLists(reader_, pps_.scaling);
    }
    flag(V4L2_HEVC_PPS_FLAG_LISTS_MODIFICATION_PRESENT);
    control.log2_parallel_merge_level_minus2 = bounded(reader_.ue(), 4, good_);
    flag(V4L2_HEVC_PPS_FLAG_SLICE_SEGMENT_HEADER_EXTENSION_PRESENT);
    const bool extended = usesRangeExtension();
    if (good_ && !reader_.failed() && extended) {
        return fail(ENOTSUP, "H.265: neither Main nor Main 10");
    }
    if (!good_ || reader_.failed()) {
        return fail(EBADMSG, "H.265: a picture parameter set is damaged");
    }
    return std::move(pps_);
}

} // namespace

unsigned hevcLog2CtbSize(const v4l2_ctrl_hevc_sps &sps)
{
    return sps.log2_min_luma_coding_block_size_minus3 + 3U +
           sps.log2_diff_max_min_luma_coding_block_size;
}

uint32_t hevcWidthInCtbs(const v4l2_ctrl_hevc_sps &sps)
{
    const unsigned log2Size = hevcLog2CtbSize(sps);
    return (sps.pic_width_in_luma_samples + (1U << log2Size) - 1) >> log2Size;
}

uint32_t hevcHeightInCtbs(const v4l2_ctrl_hevc_sps &sps)
{
    const unsigned log2Size = hevcLog2CtbSize(sps);
    return (sps.pic_height_in_luma_samples + (1U << log2Size) - 1) >> log2Size;
}

Result<HevcSps> parseHevcSps(std::span<const uint8_t> rbsp)
{
    return SpsParser(rbsp).parse();
}

Result<HevcPps> parseHevcPps(std::span<const uint8_t> rbsp)
{
    return PpsParser(rbsp).parse();
}

Result<void> HevcParameterSets::addSps(std::span<const uint8_t> nal)
{
    auto sps = parseHevcSps(unescapeRbsp(nal.subspan(kHevcNalHeaderSize)));
    if (!sps) {
        return tl::unexpected(sps.error());
    }
    sps_[sps->control.seq_parameter_set_id] = std::move(*sps);
    return {};
}

Result<void> HevcParameterSets::addPps(std::span<const uint8_t> nal)
{
    auto pps = parseHevcPps(unescapeRbsp(nal.subspan(kHevcNalHeaderSize)));
    if (!pps) {
        return tl::unexpected(pps.error());
    }
    pps_[pps->control.pic_parameter_set_id] = *pps;
    return {};
}

const HevcSps *HevcParameterSets::sps(uint32_t id) const
{
    return id < sps_.size() && sps_[id] ? &*sps_[id] : nullptr;
}

const HevcPps *HevcParameterSets::pps(uint32_t id) const
{
    return id < pps_.size() && pps_[id] ? &*pps_[id] : nullptr;
}

} // namespace daedalus::bitstream
