// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include "daedalus/v4l2_av1.h"
#include "tests/va-driver/translation_test.h"
#include "va-driver/codecs.h"

namespace daedalus::va {
namespace {

constexpr VASurfaceID kShown = 101;
constexpr VASurfaceID kFirstReference = 200;

class Av1Translation : public TranslationTest<VADecPictureParameterBufferAV1> {
protected:
    Av1Translation() : TranslationTest(va::createAv1Translator(VAProfileAV1Profile0)) {}

    void SetUp() override
    {
        surfaces[kTarget] = fileSurface(200, 100);
        surfaces[kShown] = fileSurface(200, 100);
        picture.current_frame = kTarget;
        picture.current_display_picture = kTarget;
        picture.frame_width_minus1 = 199;
        picture.frame_height_minus1 = 99;
        picture.tile_cols = 1;
        picture.tile_rows = 1;
        picture.superres_scale_denominator = 8;
        picture.primary_ref_frame = 7;
        picture.order_hint_bits_minus_1 = 6;
        picture.seq_info_fields.fields.enable_order_hint = 1;
        picture.seq_info_fields.fields.subsampling_x = 1;
        picture.seq_info_fields.fields.subsampling_y = 1;
        picture.pic_info_fields.bits.show_frame = 1;
        picture.pic_info_fields.bits.uniform_tile_spacing_flag = 1;
        std::ranges::fill(picture.ref_frame_map, VA_INVALID_SURFACE);
    }

    void addTile(uint16_t row, uint16_t column, const std::vector<uint8_t> &bytes,
                 uint32_t offset = 0)
    {
        VASliceParameterBufferAV1 params{};
        params.slice_data_offset = offset;
        params.slice_data_size = static_cast<uint32_t>(bytes.size()) - offset;
        params.tile_row = row;
        params.tile_column = column;
        addSlices(params, bytes);
    }

    va::VaResult<va::StatelessRequest> translate(VASurfaceID begun = kTarget)
    {
        if (buffers.sliceParams.empty()) {
            addTile(0, 0, {1, 2, 3});
        }
        return TranslationTest::translate(begun);
    }

    /// As translate(), for what has to succeed.
    v4l2_ctrl_av1_frame frame()
    {
        const auto request = translate();
        EXPECT_TRUE(request);
        return request ? frameOf(*request) : v4l2_ctrl_av1_frame{};
    }

    static v4l2_ctrl_av1_frame frameOf(const va::StatelessRequest &request)
    {
        return request.controls.get<v4l2_ctrl_av1_frame>(V4L2_CID_STATELESS_AV1_FRAME).value();
    }

    /// Decodes a frame of @p orderHint into a surface of that number.
    void decodeReference(unsigned number, uint8_t orderHint, unsigned type)
    {
        const VASurfaceID id = kFirstReference + number;
        surfaces[id] = fileSurface(200, 100);
        picture.current_frame = id;
        picture.pic_info_fields.bits.frame_type = type;
        picture.order_hint = orderHint;
        ASSERT_TRUE(translate(id));
        setDecoded(*surfaces[id], 1000 * (number + 1));
        picture.ref_frame_map[number] = id;
        picture.current_frame = kTarget;
    }
};

TEST_F(Av1Translation, TellsTheSequence)
{
    picture.bit_depth_idx = 1;
    picture.seq_info_fields.fields.use_128x128_superblock = 1;
    picture.seq_info_fields.fields.enable_cdef = 1;
    const auto request = translate();
    ASSERT_TRUE(request);
    const auto sequence =
        request->controls.get<v4l2_ctrl_av1_sequence>(V4L2_CID_STATELESS_AV1_SEQUENCE);
    ASSERT_TRUE(sequence);
    EXPECT_EQ(10, sequence->bit_depth);
    EXPECT_EQ(7, sequence->order_hint_bits);
    EXPECT_EQ(0, sequence->seq_profile);
    const uint32_t expected =
        V4L2_AV1_SEQUENCE_FLAG_USE_128X128_SUPERBLOCK | V4L2_AV1_SEQUENCE_FLAG_ENABLE_CDEF |
        V4L2_AV1_SEQUENCE_FLAG_ENABLE_ORDER_HINT | V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X |
        V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y |
        // What VA leaves out is on, lest it change within a sequence.
        V4L2_AV1_SEQUENCE_FLAG_ENABLE_WARPED_MOTION | V4L2_AV1_SEQUENCE_FLAG_ENABLE_REF_FRAME_MVS |
        V4L2_AV1_SEQUENCE_FLAG_ENABLE_SUPERRES | V4L2_AV1_SEQUENCE_FLAG_ENABLE_RESTORATION |
        V4L2_AV1_SEQUENCE_FLAG_SEPARATE_UV_DELTA_Q;
    EXPECT_EQ(expected, sequence->flags);
    EXPECT_EQ(200U, request->codedWidth);
    EXPECT_EQ(100U, request->codedHeight);
}

TEST_F(Av1Translation, ComputesTheSizeBeforeSuperResolution)
{
    picture.pic_info_fields.bits.use_superres = 1;
    picture.superres_scale_denominator = 13;
    const auto frame = this->frame();
    EXPECT_EQ(13, frame.superres_denom);
    EXPECT_EQ(200U, frame.upscaled_width);
    EXPECT_EQ((200U * 8 + 6) / 13 - 1, frame.frame_width_minus_1);
    EXPECT_EQ(99U, frame.frame_height_minus_1);
}

TEST_F(Av1Translation, PutsTilesInOrder)
{
    // 200x100 has 4x2 superblocks of 64.
    picture.tile_cols = 2;
    picture.tile_rows = 2;
    picture.context_update_tile_id = 3;
    addTile(1, 1, {10, 11});
    addTile(0, 0, {99, 1, 2, 3}, 1);
    addTile(1, 0, {8});
    addTile(0, 1, {4, 5, 6, 7});
    const auto request = translate();
    ASSERT_TRUE(request);
    EXPECT_EQ((std::vector<uint8_t>{1, 2, 3, 4, 5, 6, 7, 8, 10, 11}), request->bitstream);
    const auto &bytes = request->controls.all().at(V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY);
    std::array<v4l2_ctrl_av1_tile_group_entry, 4> entries{};
    ASSERT_EQ(sizeof(entries), bytes.size());
    std::memcpy(entries.data(), bytes.data(), bytes.size());
    const std::array<std::array<uint32_t, 4>, 4> expected{
        {{0, 3, 0, 0}, {3, 4, 0, 1}, {7, 1, 1, 0}, {8, 2, 1, 1}}};
    for (size_t i = 0; i < entries.size(); ++i) {
        EXPECT_EQ(expected[i][0], entries[i].tile_offset);
        EXPECT_EQ(expected[i][1], entries[i].tile_size);
        EXPECT_EQ(expected[i][2], entries[i].tile_row);
        EXPECT_EQ(expected[i][3], entries[i].tile_col);
    }
    const auto info = frameOf(*request).tile_info;
    EXPECT_EQ(2, info.tile_cols);
    EXPECT_EQ(3, info.context_update_tile_id);
    EXPECT_EQ(0U, info.mi_col_starts[0]);
    EXPECT_EQ(32U, info.mi_col_starts[1]); // two superblocks
    EXPECT_EQ(50U, info.mi_col_starts[2]); // the frame's end
    EXPECT_EQ(16U, info.mi_row_starts[1]);
    EXPECT_EQ(26U, info.mi_row_starts[2]);
    EXPECT_EQ(1U, info.width_in_sbs_minus_1[0]);
    EXPECT_EQ(1U, info.width_in_sbs_minus_1[1]);
    EXPECT_EQ(0U, info.height_in_sbs_minus_1[1]);
}

TEST_F(Av1Translation, TakesManyTilesOfOneBuffer)
{
    picture.tile_cols = 2;
    std::vector<VASliceParameterBufferAV1> params(2);
    params[0].slice_data_size = 2;
    params[1].slice_data_offset = 3;
    params[1].slice_data_size = 1;
    params[1].tile_column = 1;
    addSlices(params, {1, 2, 3, 4});
    const auto request = translate();
    ASSERT_TRUE(request);
    EXPECT_EQ((std::vector<uint8_t>{1, 2, 4}), request->bitstream);
}

TEST_F(Av1Translation, ComputesTilesOfExplicitSizes)
{
    picture.pic_info_fields.bits.uniform_tile_spacing_flag = 0;
    picture.tile_cols = 3;
    picture.width_in_sbs_minus_1[0] = 0;
    picture.width_in_sbs_minus_1[1] = 1;
    for (uint16_t column = 0; column < 3; ++column) {
        addTile(0, column, {1});
    }
    const auto info = frame().tile_info;
    EXPECT_EQ(16U, info.mi_col_starts[1]);
    EXPECT_EQ(48U, info.mi_col_starts[2]);
    EXPECT_EQ(50U, info.mi_col_starts[3]);
    EXPECT_EQ(0U, info.width_in_sbs_minus_1[2]);
    EXPECT_EQ(0, info.flags);

    picture.width_in_sbs_minus_1[1] = 2; // leaves nothing for the last one
    for (uint16_t column = 0; column < 3; ++column) {
        addTile(0, column, {1});
    }
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, translate().error());
}

TEST_F(Av1Translation, UnpacksFilters)
{
    picture.cdef_bits = 1;
    picture.cdef_y_strengths[0] = 15 << 2 | 2;
    picture.cdef_y_strengths[1] = 3;
    picture.cdef_uv_strengths[1] = 1 << 2;
    picture.loop_restoration_fields.bits.cbframe_restoration_type = 3;
    picture.loop_restoration_fields.bits.lr_unit_shift = 2;
    picture.loop_restoration_fields.bits.lr_uv_shift = 1;
    picture.filter_level_u = 7;
    picture.mode_control_fields.bits.delta_lf_multi = 1;
    const auto frame = this->frame();
    EXPECT_EQ(15, frame.cdef.y_pri_strength[0]);
    EXPECT_EQ(2, frame.cdef.y_sec_strength[0]);
    EXPECT_EQ(4, frame.cdef.y_sec_strength[1]); // 3 in the bitstream
    EXPECT_EQ(1, frame.cdef.uv_pri_strength[1]);
    EXPECT_EQ(V4L2_AV1_FRAME_RESTORE_SWITCHABLE, frame.loop_restoration.frame_restoration_type[1]);
    EXPECT_EQ(V4L2_AV1_LOOP_RESTORATION_FLAG_USES_LR |
                  V4L2_AV1_LOOP_RESTORATION_FLAG_USES_CHROMA_LR,
              frame.loop_restoration.flags);
    EXPECT_EQ(256U, frame.loop_restoration.loop_restoration_size[0]);
    EXPECT_EQ(128U, frame.loop_restoration.loop_restoration_size[2]);
    EXPECT_EQ(7, frame.loop_filter.level[2]);
    EXPECT_EQ(V4L2_AV1_LOOP_FILTER_FLAG_DELTA_LF_MULTI, frame.loop_filter.flags);
}

TEST_F(Av1Translation, DerivesWhatSegmentsNeed)
{
    picture.seg_info.feature_mask[2] = 1 << V4L2_AV1_SEG_LVL_ALT_Q;
    picture.seg_info.feature_data[2][V4L2_AV1_SEG_LVL_ALT_Q] = -20;
    picture.seg_info.feature_mask[5] = 1 << V4L2_AV1_SEG_LVL_REF_FRAME;
    EXPECT_EQ(0, frame().segmentation.feature_enabled[2]); // not enabled: not valid
    picture.seg_info.segment_info_fields.bits.enabled = 1;
    const auto segmentation = frame().segmentation;
    EXPECT_EQ(-20, segmentation.feature_data[2][V4L2_AV1_SEG_LVL_ALT_Q]);
    EXPECT_EQ(5, segmentation.last_active_seg_id);
    EXPECT_EQ(V4L2_AV1_SEGMENTATION_FLAG_ENABLED | V4L2_AV1_SEGMENTATION_FLAG_SEG_ID_PRE_SKIP,
              segmentation.flags);
}

TEST_F(Av1Translation, NamesReferencesAndTheirOrder)
{
    decodeReference(0, 10, V4L2_AV1_KEY_FRAME);
    decodeReference(1, 14, V4L2_AV1_INTRA_ONLY_FRAME);
    decodeReference(2, 12, V4L2_AV1_INTRA_ONLY_FRAME);
    picture.pic_info_fields.bits.frame_type = V4L2_AV1_INTER_FRAME;
    picture.mode_control_fields.bits.reference_select = 1;
    picture.order_hint = 13;
    const std::array<uint8_t, 7> indices{2, 0, 0, 0, 1, 1, 1};
    std::ranges::copy(indices, picture.ref_frame_idx);
    const auto request = translate();
    ASSERT_TRUE(request);
    const auto frame = frameOf(*request);
    EXPECT_EQ(1000U, frame.reference_frame_ts[0]);
    EXPECT_EQ(2000U, frame.reference_frame_ts[1]);
    EXPECT_EQ(3000U, frame.reference_frame_ts[2]);
    EXPECT_EQ(0U, frame.reference_frame_ts[3]);
    EXPECT_EQ(12U, frame.order_hints[V4L2_AV1_REF_LAST_FRAME]);
    EXPECT_EQ(10U, frame.order_hints[V4L2_AV1_REF_GOLDEN_FRAME]);
    EXPECT_EQ(14U, frame.order_hints[V4L2_AV1_REF_ALTREF_FRAME]);
    EXPECT_EQ(2, frame.ref_frame_idx[0]);
    EXPECT_EQ(V4L2_AV1_REF_LAST_FRAME, frame.skip_mode_frame[0]);
    EXPECT_EQ(V4L2_AV1_REF_BWDREF_FRAME, frame.skip_mode_frame[1]);
    EXPECT_NE(0U, frame.flags & V4L2_AV1_FRAME_FLAG_SKIP_MODE_ALLOWED);
    EXPECT_EQ(3U, request->references.size());
}

TEST_F(Av1Translation, TellsWhatIsRefreshedWhereThatIsKnown)
{
    EXPECT_EQ(0xff, frame().refresh_frame_flags); // a shown key frame
    picture.pic_info_fields.bits.show_frame = 0;
    EXPECT_EQ(0, frame().refresh_frame_flags);
    picture.pic_info_fields.bits.frame_type = V4L2_AV1_INTER_FRAME;
    EXPECT_EQ(0, frame().refresh_frame_flags);
    picture.pic_info_fields.bits.frame_type = V4L2_AV1_SWITCH_FRAME;
    EXPECT_EQ(0xff, frame().refresh_frame_flags);
}

TEST_F(Av1Translation, WritesTheShownPictureOfAFrameWithGrain)
{
    picture.seq_info_fields.fields.film_grain_params_present = 1;
    auto &grain = picture.film_grain_info;
    grain.film_grain_info_fields.bits.apply_grain = 1;
    grain.film_grain_info_fields.bits.overlap_flag = 1;
    grain.grain_seed = 0x1234;
    grain.num_y_points = 1;
    grain.point_y_value[0] = 40;
    grain.ar_coeffs_cb[24] = -128;
    grain.cr_offset = 511;
    picture.current_display_picture = kShown;
    for (const VASurfaceID begun : {kTarget, kShown}) {
        const auto request = translate(begun);
        ASSERT_TRUE(request);
        EXPECT_EQ(surfaces[kShown], request->target);
        EXPECT_EQ(std::vector{surfaces[kTarget]}, request->aliases);
        const auto control =
            request->controls.get<v4l2_ctrl_av1_film_grain>(V4L2_CID_STATELESS_AV1_FILM_GRAIN);
        ASSERT_TRUE(control);
        EXPECT_EQ(V4L2_AV1_FILM_GRAIN_FLAG_APPLY_GRAIN | V4L2_AV1_FILM_GRAIN_FLAG_UPDATE_GRAIN |
                      V4L2_AV1_FILM_GRAIN_FLAG_OVERLAP,
                  control->flags);
        EXPECT_EQ(0x1234, control->grain_seed);
        EXPECT_EQ(40, control->point_y_value[0]);
        EXPECT_EQ(128, control->ar_coeffs_y_plus_128[0]);
        EXPECT_EQ(0, control->ar_coeffs_cb_plus_128[24]);
        EXPECT_EQ(511, control->cr_offset);
    }
    picture.current_display_picture = VA_INVALID_SURFACE;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_SURFACE, translate().error());

    // Without grain that surface means nothing.
    grain.film_grain_info_fields.bits.apply_grain = 0;
    const auto request = translate();
    ASSERT_TRUE(request);
    EXPECT_EQ(surfaces[kTarget], request->target);
    EXPECT_TRUE(request->aliases.empty());
    EXPECT_EQ(0, request->controls.get<v4l2_ctrl_av1_film_grain>(V4L2_CID_STATELESS_AV1_FILM_GRAIN)
                     ->grain_seed);
}

TEST_F(Av1Translation, RefersToTheReconstructionOfAFrameWithGrain)
{
    picture.seq_info_fields.fields.film_grain_params_present = 1;
    picture.film_grain_info.film_grain_info_fields.bits.apply_grain = 1;
    picture.current_display_picture = kShown;
    picture.order_hint = 5;
    ASSERT_TRUE(translate());
    setDecoded(*surfaces[kTarget], 7000);

    picture.film_grain_info.film_grain_info_fields.bits.apply_grain = 0;
    picture.ref_frame_map[3] = kTarget;
    std::ranges::fill(picture.ref_frame_idx, uint8_t{3});
    surfaces[300] = fileSurface(200, 100);
    picture.current_frame = 300;
    picture.pic_info_fields.bits.frame_type = V4L2_AV1_INTER_FRAME;
    const auto request = translate(300);
    ASSERT_TRUE(request);
    EXPECT_EQ(7000U, frameOf(*request).reference_frame_ts[3]);
    EXPECT_EQ(5U, frameOf(*request).order_hints[V4L2_AV1_REF_LAST_FRAME]);
}

TEST_F(Av1Translation, RefusesSurfacesThatDoNotExist)
{
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_SURFACE, translate(kShown).error()); // not this picture's
    picture.current_frame = 999;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_SURFACE, translate(999).error());
    picture.current_frame = kTarget;

    // A slot that nothing refers to may hold anything: FFmpeg has 0 in empty ones.
    picture.pic_info_fields.bits.frame_type = V4L2_AV1_INTER_FRAME;
    picture.ref_frame_map[6] = 0;
    EXPECT_TRUE(translate());
    picture.ref_frame_idx[3] = 6;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_SURFACE, translate().error());
}

TEST_F(Av1Translation, RefusesTilesThatDoNotMakeUpTheFrame)
{
    const auto refused = [this] { return translate().error() == VA_STATUS_ERROR_INVALID_BUFFER; };
    picture.tile_cols = 2;
    addTile(0, 0, {1});
    EXPECT_TRUE(refused()) << "one is missing";
    addTile(0, 0, {1});
    addTile(0, 0, {1});
    EXPECT_TRUE(refused()) << "one is there twice";
    addTile(0, 0, {1});
    addTile(1, 1, {1});
    EXPECT_TRUE(refused()) << "one is elsewhere";
    for (const uint8_t columns : {0, 3, 65, 255}) { // 4 superblocks cannot be 3 even tiles
        picture.tile_cols = columns;
        addTile(0, 0, {1});
        EXPECT_TRUE(refused()) << int{columns};
    }
    picture.tile_cols = 1;
    picture.context_update_tile_id = 1;
    EXPECT_TRUE(refused()) << "an update from no tile";
}

TEST_F(Av1Translation, RefusesWhatItCannotSay)
{
    picture.pic_info_fields.bits.large_scale_tile = 1;
    EXPECT_EQ(VA_STATUS_ERROR_UNIMPLEMENTED, translate().error());
    picture.pic_info_fields.bits.large_scale_tile = 0;
    picture.profile = 1;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, translate().error());
    picture.profile = 0;
    picture.bit_depth_idx = 2;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, translate().error());
    picture.bit_depth_idx = 0;
    picture.pic_info_fields.bits.frame_type = V4L2_AV1_INTER_FRAME;
    picture.ref_frame_idx[6] = 8;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, translate().error());
}

} // namespace
} // namespace daedalus::va
