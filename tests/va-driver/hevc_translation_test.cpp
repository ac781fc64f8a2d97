// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include <linux/v4l2-controls.h>

#include <array>
#include <cstring>
#include <numeric>

#include "bitstream/rbsp_writer.h"
#include "tests/va-driver/translation_test.h"
#include "va-driver/codecs.h"

namespace daedalus::va {
namespace {

using bitstream::RbspWriter;

constexpr VASurfaceID kReferences = 101; ///< and those behind it
constexpr unsigned kReferenceCount = 4;

/// A slice with a header of @p writer's bits and some data.
std::vector<uint8_t> nalOf(uint8_t type, bitstream::RbspWriter &writer)
{
    writer.trailingBits();
    writer.bits(0xa55a80, 24);
    std::vector<uint8_t> nal;
    bitstream::appendNalUnit(nal, static_cast<uint8_t>(type << 1), writer.bytes());
    return {nal.begin() + 3, nal.end()}; // no start code
}

/// The first slice of an IDR picture.
std::vector<uint8_t> idrSlice(uint32_t pps)
{
    bitstream::RbspWriter writer;
    writer.bits(1, 8); // base layer
    writer.bits(2, 2); // first_slice_segment_in_pic_flag, no_output_of_prior_pics_flag
    writer.ue(pps);
    writer.ue(2); // I
    writer.se(0); // slice_qp_delta
    return nalOf(19, writer);
}

/// A P slice with one short-term and three long-term references, all in use.
/// @param entries list_entry_l0; empty: the initial list
std::vector<uint8_t> pSlice(const std::vector<uint32_t> &entries, uint32_t active)
{
    bitstream::RbspWriter writer;
    writer.bits(1, 8); // base layer
    writer.bits(1, 1);
    writer.ue(0);
    writer.ue(1);       // P
    writer.bits(20, 8); // slice_pic_order_cnt_lsb
    writer.flag(false);
    writer.ue(1); // one picture before
    writer.ue(0);
    writer.ue(0);
    writer.flag(true);
    writer.ue(3); // num_long_term_pics
    for (const uint32_t lsb : {8U, 0U, 4U}) {
        writer.bits(lsb, 8);
        writer.flag(true);
        writer.flag(false);
    }
    writer.flag(true); // num_ref_idx_active_override_flag
    writer.ue(active - 1);
    writer.flag(!entries.empty());
    for (const uint32_t entry : entries) {
        writer.bits(entry, 2);
    }
    writer.ue(0); // five_minus_max_num_merge_cand
    writer.se(0); // slice_qp_delta
    return nalOf(1, writer);
}

class HevcTranslation : public TranslationTest<VAPictureParameterBufferHEVC> {
protected:
    HevcTranslation() : TranslationTest(va::createHevcTranslator(VAProfileHEVCMain)) {}

    void SetUp() override
    {
        picture.CurrPic = {
            .picture_id = kTarget, .pic_order_cnt = 20, .flags = 0, .va_reserved = {}};
        for (VAPictureHEVC &reference : picture.ReferenceFrames) {
            reference.picture_id = VA_INVALID_SURFACE;
            reference.flags = VA_PICTURE_HEVC_INVALID;
        }
        picture.pic_width_in_luma_samples = 320;
        picture.pic_height_in_luma_samples = 192;
        picture.pic_fields.bits.chroma_format_idc = 1;
        picture.log2_min_luma_coding_block_size_minus3 = 0;
        picture.log2_diff_max_min_luma_coding_block_size = 3;
        picture.log2_max_pic_order_cnt_lsb_minus4 = 4;
        picture.sps_max_dec_pic_buffering_minus1 = 4;
        for (unsigned i = 0; i < kReferenceCount; ++i) {
            surfaces[kReferences + i] = fileSurface(320, 192);
        }
    }

    void addSlice(const std::vector<uint8_t> &nal, const std::vector<uint8_t> &list = {})
    {
        VASliceParameterBufferHEVC params{};
        params.slice_data_size = static_cast<uint32_t>(nal.size());
        std::memset(params.RefPicList, 0xff, sizeof(params.RefPicList));
        std::copy(list.begin(), list.end(), params.RefPicList[0]);
        addSlices(params, nal);
    }

    void setReference(size_t index, int32_t poc, uint32_t flags)
    {
        picture.ReferenceFrames[index] = {.picture_id = kReferences + static_cast<uint32_t>(index),
                                          .pic_order_cnt = poc,
                                          .flags = flags,
                                          .va_reserved = {}};
    }

    v4l2_ctrl_hevc_pps translatedPps()
    {
        addSlice(idrSlice(0));
        return control<v4l2_ctrl_hevc_pps>(translate(), V4L2_CID_STATELESS_HEVC_PPS);
    }
};

TEST_F(HevcTranslation, WritesStartCodesAndParameterSets)
{
    const auto nal = idrSlice(7);
    auto withStartCode = nal;
    withStartCode.insert(withStartCode.begin(), {0, 0, 0, 1});
    addSlice(nal);
    addSlice(withStartCode);
    // What clients leave in fields that mean nothing without PCM.
    picture.pcm_sample_bit_depth_luma_minus1 = 255;
    const auto request = translate();
    ASSERT_TRUE(request);
    std::vector<uint8_t> expected;
    for (int i = 0; i < 2; ++i) {
        expected.insert(expected.end(), {0, 0, 1});
        expected.insert(expected.end(), nal.begin(), nal.end());
    }
    EXPECT_EQ(expected, request->bitstream);
    EXPECT_EQ(320U, request->codedWidth);
    EXPECT_EQ(192U, request->codedHeight);
    const auto sps = control<v4l2_ctrl_hevc_sps>(request, V4L2_CID_STATELESS_HEVC_SPS);
    const auto pps = control<v4l2_ctrl_hevc_pps>(request, V4L2_CID_STATELESS_HEVC_PPS);
    const auto params =
        control<v4l2_ctrl_hevc_decode_params>(request, V4L2_CID_STATELESS_HEVC_DECODE_PARAMS);
    EXPECT_EQ(320, sps.pic_width_in_luma_samples);
    EXPECT_EQ(0, sps.pcm_sample_bit_depth_luma_minus1);
    EXPECT_EQ(7, pps.pic_parameter_set_id);
    EXPECT_EQ(0U, pps.flags);
    EXPECT_EQ(20, params.pic_order_cnt_val);
    EXPECT_EQ(uint64_t{V4L2_HEVC_DECODE_PARAM_FLAG_IRAP_PIC | V4L2_HEVC_DECODE_PARAM_FLAG_IDR_PIC},
              params.flags);
    EXPECT_FALSE(request->controls.get<v4l2_ctrl_hevc_scaling_matrix>(
        V4L2_CID_STATELESS_HEVC_SCALING_MATRIX));
}

TEST_F(HevcTranslation, LongTermPicturesAreOrderedByWhatSlicesReferTo)
{
    picture.slice_parsing_fields.bits.long_term_ref_pics_present_flag = 1;
    picture.slice_parsing_fields.bits.lists_modification_present_flag = 1;
    setReference(0, 0, VA_PICTURE_HEVC_RPS_LT_CURR);
    setReference(1, 4, VA_PICTURE_HEVC_RPS_LT_CURR);
    setReference(2, 8, VA_PICTURE_HEVC_RPS_LT_CURR);
    setReference(3, 19, VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE);
    // The order is 8, 0, 4; the first slice shows the first of them, the second the others.
    addSlice(pSlice({}, 2), {3, 2});
    addSlice(pSlice({3, 2, 0}, 3), {1, 0, 3});
    const auto params =
        control<v4l2_ctrl_hevc_decode_params>(translate(), V4L2_CID_STATELESS_HEVC_DECODE_PARAMS);
    ASSERT_EQ(3, params.num_poc_lt_curr);
    ASSERT_EQ(1, params.num_poc_st_curr_before);
    EXPECT_EQ(4, params.num_active_dpb_entries);
    EXPECT_EQ(19, params.dpb[params.poc_st_curr_before[0]].pic_order_cnt_val);
    const std::array<int32_t, 3> expected{8, 0, 4};
    for (size_t i = 0; i < expected.size(); ++i) {
        const auto &entry = params.dpb[params.poc_lt_curr[i]];
        EXPECT_EQ(expected[i], entry.pic_order_cnt_val);
        EXPECT_EQ(V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE, entry.flags);
    }
}

TEST_F(HevcTranslation, ShortTermPicturesAreOrderedByDistance)
{
    setReference(0, 10, VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE);
    setReference(1, 30, VA_PICTURE_HEVC_RPS_ST_CURR_AFTER);
    setReference(2, 18, VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE);
    setReference(3, 24, 0); // only for later pictures
    addSlice(idrSlice(0));
    const auto params =
        control<v4l2_ctrl_hevc_decode_params>(translate(), V4L2_CID_STATELESS_HEVC_DECODE_PARAMS);
    ASSERT_EQ(2, params.num_poc_st_curr_before);
    ASSERT_EQ(1, params.num_poc_st_curr_after);
    EXPECT_EQ(4, params.num_active_dpb_entries);
    EXPECT_EQ(18, params.dpb[params.poc_st_curr_before[0]].pic_order_cnt_val);
    EXPECT_EQ(10, params.dpb[params.poc_st_curr_before[1]].pic_order_cnt_val);
    EXPECT_EQ(30, params.dpb[params.poc_st_curr_after[0]].pic_order_cnt_val);
}

TEST_F(HevcTranslation, TilesAreUniformWhereTheirSizesAre)
{
    picture.pic_fields.bits.tiles_enabled_flag = 1;
    picture.num_tile_columns_minus1 = 2; // of 5 blocks: 1, 2, 2
    picture.num_tile_rows_minus1 = 1;    // of 3 blocks: 1, 2
    picture.column_width_minus1[0] = 0;
    picture.column_width_minus1[1] = 1;
    picture.row_height_minus1[0] = 0;
    EXPECT_NE(0U, translatedPps().flags & V4L2_HEVC_PPS_FLAG_UNIFORM_SPACING);
    picture.column_width_minus1[1] = 0;
    const auto pps = translatedPps();
    EXPECT_EQ(0U, pps.flags & V4L2_HEVC_PPS_FLAG_UNIFORM_SPACING);
    EXPECT_EQ(2, pps.num_tile_columns_minus1);
    EXPECT_EQ(0, pps.column_width_minus1[1]);
    picture.column_width_minus1[0] = 300; // more than V4L2 can say
    addSlice(idrSlice(0));
    EXPECT_FALSE(translate());
    picture.num_tile_columns_minus1 = 20; // more than VA can say
    addSlice(idrSlice(0));
    EXPECT_FALSE(translate());
}

TEST_F(HevcTranslation, DeblockingIsControlledWhereSomethingSaysSo)
{
    picture.pps_tc_offset_div2 = -3;
    const auto pps = translatedPps();
    EXPECT_EQ(uint64_t{V4L2_HEVC_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT}, pps.flags);
    EXPECT_EQ(-3, pps.pps_tc_offset_div2);
    picture.slice_parsing_fields.bits.pps_disable_deblocking_filter_flag = 1;
    EXPECT_EQ(0, translatedPps().pps_tc_offset_div2);
}

TEST_F(HevcTranslation, ScalingListsKeepTheirOrder)
{
    VAIQMatrixBufferHEVC iq{};
    std::iota(&iq.ScalingList16x16[0][0], &iq.ScalingList16x16[0][0] + sizeof(iq.ScalingList16x16),
              uint8_t{1});
    std::iota(std::begin(iq.ScalingListDC32x32), std::end(iq.ScalingListDC32x32), uint8_t{50});
    picture.pic_fields.bits.scaling_list_enabled_flag = 1;
    addSlice(idrSlice(0));
    buffers.iqMatrix = bufferOf(iq);
    const auto matrix =
        control<v4l2_ctrl_hevc_scaling_matrix>(translate(), V4L2_CID_STATELESS_HEVC_SCALING_MATRIX);
    EXPECT_EQ(0, std::memcmp(matrix.scaling_list_16x16, iq.ScalingList16x16,
                             sizeof(iq.ScalingList16x16)));
    EXPECT_EQ(51, matrix.scaling_list_dc_coef_32x32[1]);
    addSlice(idrSlice(0)); // none: the default ones
    const auto defaults =
        control<v4l2_ctrl_hevc_scaling_matrix>(translate(), V4L2_CID_STATELESS_HEVC_SCALING_MATRIX);
    EXPECT_EQ(16, defaults.scaling_list_4x4[5][15]);
    EXPECT_EQ(115, defaults.scaling_list_32x32[0][63]);
    EXPECT_EQ(91, defaults.scaling_list_8x8[3][63]);
}

TEST_F(HevcTranslation, RefusesWhatCannotBeDecoded)
{
    EXPECT_FALSE(translate());
    picture.pic_fields.bits.chroma_format_idc = 2;
    addSlice(idrSlice(0));
    EXPECT_FALSE(translate());
    picture.pic_fields.bits.chroma_format_idc = 1;
    picture.bit_depth_luma_minus8 = picture.bit_depth_chroma_minus8 = 4;
    addSlice(idrSlice(0));
    EXPECT_FALSE(translate());
    picture.bit_depth_luma_minus8 = picture.bit_depth_chroma_minus8 = 2;
    addSlice(idrSlice(0));
    EXPECT_TRUE(translate());
    addSlice({0x42, 1, 1, 2, 3}); // a parameter set
    EXPECT_FALSE(translate());
}

} // namespace
} // namespace daedalus::va
