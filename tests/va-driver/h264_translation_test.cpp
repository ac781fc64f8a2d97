// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include <linux/v4l2-controls.h>

#include <algorithm>
#include <numeric>

#include "bitstream/rbsp_writer.h"
#include "tests/va-driver/translation_test.h"
#include "va-driver/codecs.h"

namespace daedalus::va {
namespace {

constexpr VASurfaceID kReference = 101;

/// A field of a slice header: its length in bits, kUe for ue(v), and its value.
using Field = std::pair<unsigned, uint32_t>;
constexpr unsigned kUe = 0;

std::vector<uint8_t> sliceOf(const std::vector<Field> &fields)
{
    bitstream::RbspWriter writer;
    for (const auto &[length, value] : fields) {
        length == kUe ? writer.ue(value) : writer.bits(value, length);
    }
    return {writer.bytes().begin(), writer.bytes().end()};
}

/// An IDR slice of PPS @p pps: NAL header, header, some data.
std::vector<uint8_t> idrSlice(uint32_t firstMb, uint32_t pps)
{
    return sliceOf({{8, 0x65},
                    {kUe, firstMb},
                    {kUe, 7},
                    {kUe, pps},
                    {4, 0},
                    {kUe, 3},
                    {4, 0},
                    {2, 0},
                    {kUe, 0},
                    {8, 0xa5},
                    {8, 0x5a},
                    {8, 0x80}});
}

/// A P slice, with or without num_ref_idx_active_override.
std::vector<uint8_t> pSlice(uint32_t pps, uint32_t frameNum, std::optional<uint32_t> activeMinus1)
{
    std::vector<Field> fields{{8, 0x61},
                              {kUe, 0},
                              {kUe, 5},
                              {kUe, pps},
                              {4, frameNum},
                              {4, 2 * frameNum},
                              {1, activeMinus1 ? 1 : 0}};
    if (activeMinus1) {
        fields.emplace_back(kUe, *activeMinus1);
    }
    fields.insert(fields.end(), {{1, 0}, {1, 0}, {kUe, 0}, {8, 0xa5}, {8, 0x80}});
    return sliceOf(fields);
}

class H264Translation : public TranslationTest<VAPictureParameterBufferH264> {
protected:
    H264Translation() : TranslationTest(va::createH264Translator(VAProfileH264Main)) {}

    void SetUp() override
    {
        surfaces[kTarget] = fileSurface(64, 48);
        surfaces[kReference] = fileSurface(64, 48);
        picture.CurrPic.picture_id = kTarget;
        picture.CurrPic.TopFieldOrderCnt = 8;
        picture.CurrPic.BottomFieldOrderCnt = 9;
        for (VAPictureH264 &reference : picture.ReferenceFrames) {
            reference.picture_id = VA_INVALID_SURFACE;
            reference.flags = VA_PICTURE_H264_INVALID;
        }
        picture.picture_width_in_mbs_minus1 = 3;
        picture.picture_height_in_mbs_minus1 = 2;
        picture.num_ref_frames = 2;
        picture.seq_fields.bits.chroma_format_idc = 1;
        picture.seq_fields.bits.frame_mbs_only_flag = 1;
        picture.pic_fields.bits.reference_pic_flag = 1;
    }

    void addSlice(const std::vector<uint8_t> &nal, uint8_t activeMinus1 = 0)
    {
        VASliceParameterBufferH264 params{};
        params.slice_data_size = static_cast<uint32_t>(nal.size());
        params.num_ref_idx_l0_active_minus1 = activeMinus1;
        addSlices(params, nal);
    }
};

TEST_F(H264Translation, WritesStartCodesAndParameterSets)
{
    const auto first = idrSlice(0, 5);
    const auto second = idrSlice(6, 5);
    addSlice(first);
    addSlice(second);
    const auto request = translate();
    ASSERT_TRUE(request);

    std::vector<uint8_t> expected{0, 0, 1};
    expected.insert(expected.end(), first.begin(), first.end());
    expected.insert(expected.end(), {0, 0, 1});
    expected.insert(expected.end(), second.begin(), second.end());
    EXPECT_EQ(expected, request->bitstream);
    EXPECT_EQ(64U, request->codedWidth);
    EXPECT_EQ(48U, request->codedHeight);

    const auto sps = request->controls.get<v4l2_ctrl_h264_sps>(V4L2_CID_STATELESS_H264_SPS);
    const auto pps = request->controls.get<v4l2_ctrl_h264_pps>(V4L2_CID_STATELESS_H264_PPS);
    const auto params =
        request->controls.get<v4l2_ctrl_h264_decode_params>(V4L2_CID_STATELESS_H264_DECODE_PARAMS);
    ASSERT_TRUE(sps && pps && params);
    EXPECT_EQ(77, sps->profile_idc);
    EXPECT_EQ(3, sps->pic_width_in_mbs_minus1);
    EXPECT_EQ(2, sps->pic_height_in_map_units_minus1);
    EXPECT_EQ(5, pps->pic_parameter_set_id);
    EXPECT_EQ(0, pps->flags & V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT);
    EXPECT_EQ(3, params->nal_ref_idc);
    EXPECT_EQ(3, params->idr_pic_id);
    EXPECT_EQ(8, params->top_field_order_cnt);
    EXPECT_EQ(9, params->bottom_field_order_cnt);
    EXPECT_EQ(static_cast<uint32_t>(V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC), params->flags);
}

TEST_F(H264Translation, TakesSlicesThatShareBuffersOrHaveStartCodes)
{
    const auto nal = idrSlice(0, 0);
    std::vector<uint8_t> data{0, 0, 0, 1};
    data.insert(data.end(), nal.begin(), nal.end());
    const auto secondOffset = static_cast<uint32_t>(data.size());
    data.insert(data.end(), nal.begin(), nal.end());
    VASliceParameterBufferH264 first{};
    first.slice_data_size = secondOffset;
    VASliceParameterBufferH264 second{};
    second.slice_data_offset = secondOffset;
    second.slice_data_size = static_cast<uint32_t>(nal.size());
    addSlices(std::vector{first, second}, data);
    const auto request = translate();
    ASSERT_TRUE(request);
    std::vector<uint8_t> expected;
    for (int i = 0; i < 2; ++i) {
        expected.insert(expected.end(), {0, 0, 1});
        expected.insert(expected.end(), nal.begin(), nal.end());
    }
    EXPECT_EQ(expected, request->bitstream);
}

TEST_F(H264Translation, ScalingListsKeepTheirOrder)
{
    VAIQMatrixBufferH264 iq{};
    std::iota(&iq.ScalingList4x4[0][0], &iq.ScalingList4x4[0][0] + sizeof(iq.ScalingList4x4),
              uint8_t{1});
    std::iota(&iq.ScalingList8x8[0][0], &iq.ScalingList8x8[0][0] + sizeof(iq.ScalingList8x8),
              uint8_t{100});
    addSlice(idrSlice(0, 0));
    buffers.iqMatrix = bufferOf(iq);
    const auto request = translate();
    ASSERT_TRUE(request);
    const auto matrix = request->controls.get<v4l2_ctrl_h264_scaling_matrix>(
        V4L2_CID_STATELESS_H264_SCALING_MATRIX);
    const auto pps = request->controls.get<v4l2_ctrl_h264_pps>(V4L2_CID_STATELESS_H264_PPS);
    ASSERT_TRUE(matrix && pps);
    EXPECT_NE(0, pps->flags & V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT);
    EXPECT_EQ(0, std::memcmp(matrix->scaling_list_4x4, iq.ScalingList4x4, 96));
    EXPECT_EQ(0, std::memcmp(matrix->scaling_list_8x8[0], iq.ScalingList8x8[0], 64));
    EXPECT_EQ(0, std::memcmp(matrix->scaling_list_8x8[1], iq.ScalingList8x8[1], 64));
}

TEST_F(H264Translation, LearnsTheDefaultReferenceCounts)
{
    const auto defaultOf = [](const va::VaResult<va::StatelessRequest> &request) {
        return request->controls.get<v4l2_ctrl_h264_pps>(V4L2_CID_STATELESS_H264_PPS)
            ->num_ref_idx_l0_default_active_minus1;
    };
    addSlice(pSlice(1, 1, std::nullopt), 2);
    EXPECT_EQ(2, defaultOf(translate()));
    addSlice(pSlice(1, 2, 0), 0); // overridden: says nothing about the default
    EXPECT_EQ(2, defaultOf(translate()));
    addSlice(pSlice(2, 3, std::nullopt), 1); // another parameter set
    EXPECT_EQ(1, defaultOf(translate()));
    addSlice(pSlice(1, 4, 0), 0);
    EXPECT_EQ(2, defaultOf(translate()));
}

TEST_F(H264Translation, NamesReferencesByTheirTimestamps)
{
    setDecoded(*surfaces[kReference], 5000);
    picture.frame_num = 1;
    picture.ReferenceFrames[0] = {};
    picture.ReferenceFrames[0].picture_id = kReference;
    picture.ReferenceFrames[0].frame_idx = 15; // before the wrap: MaxFrameNum is 16
    picture.ReferenceFrames[0].flags = VA_PICTURE_H264_SHORT_TERM_REFERENCE;
    picture.ReferenceFrames[0].TopFieldOrderCnt = -4;
    picture.ReferenceFrames[0].BottomFieldOrderCnt = -3;
    picture.ReferenceFrames[2] = picture.ReferenceFrames[0];
    picture.ReferenceFrames[2].frame_idx = 3;
    picture.ReferenceFrames[2].flags =
        VA_PICTURE_H264_LONG_TERM_REFERENCE | VA_PICTURE_H264_BOTTOM_FIELD;
    addSlice(pSlice(0, 1, std::nullopt));
    const auto request = translate();
    ASSERT_TRUE(request);
    const auto params =
        request->controls.get<v4l2_ctrl_h264_decode_params>(V4L2_CID_STATELESS_H264_DECODE_PARAMS);
    ASSERT_TRUE(params);
    EXPECT_EQ(5000U, params->dpb[0].reference_ts);
    EXPECT_EQ(15, params->dpb[0].frame_num);
    EXPECT_EQ(-1, static_cast<int32_t>(params->dpb[0].pic_num));
    EXPECT_EQ(-4, params->dpb[0].top_field_order_cnt);
    EXPECT_EQ(V4L2_H264_FRAME_REF, params->dpb[0].fields);
    EXPECT_EQ(
        static_cast<uint32_t>(V4L2_H264_DPB_ENTRY_FLAG_VALID | V4L2_H264_DPB_ENTRY_FLAG_ACTIVE),
        params->dpb[0].flags);
    EXPECT_EQ(0U, params->dpb[1].flags);
    EXPECT_EQ(3U, params->dpb[2].pic_num);
    EXPECT_EQ(V4L2_H264_BOTTOM_FIELD_REF, params->dpb[2].fields);
    EXPECT_NE(0U, params->dpb[2].flags & V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM);
    EXPECT_EQ(2U, request->references.size());
    EXPECT_EQ(static_cast<uint32_t>(V4L2_H264_DECODE_PARAM_FLAG_PFRAME), params->flags);
}

TEST_F(H264Translation, RefusesAReferenceThatDoesNotExist)
{
    picture.ReferenceFrames[0] = {};
    picture.ReferenceFrames[0].picture_id = 999;
    picture.ReferenceFrames[0].flags = VA_PICTURE_H264_SHORT_TERM_REFERENCE;
    addSlice(pSlice(0, 1, std::nullopt));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_SURFACE, translate().error());
}

TEST_F(H264Translation, RefusesMissingBuffers)
{
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, translate().error()); // no slices
    addSlice(idrSlice(0, 0));
    buffers.sliceData.clear();
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, translate().error());
    addSlice(idrSlice(0, 0));
    buffers.sliceParams.clear();
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, translate().error());
}

TEST_F(H264Translation, RefusesSlicesThatLeaveTheirBuffer)
{
    const auto nal = idrSlice(0, 0);
    for (const auto &[offset, size] : {std::pair<uint32_t, uint32_t>{0, nal.size() + 1},
                                       {1, nal.size()},
                                       {UINT32_MAX, 1},
                                       {1, UINT32_MAX},
                                       {0, 0}}) {
        VASliceParameterBufferH264 params{};
        params.slice_data_offset = offset;
        params.slice_data_size = size;
        addSlices(params, nal);
        EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, translate().error()) << offset << " " << size;
    }
}

TEST_F(H264Translation, RefusesWhatIsNoSlice)
{
    addSlice({0x67, 1, 2, 3}); // a sequence parameter set
    EXPECT_EQ(VA_STATUS_ERROR_DECODING_ERROR, translate().error());
    addSlice({0x65});
    EXPECT_EQ(VA_STATUS_ERROR_DECODING_ERROR, translate().error());
    addSlice(std::vector<uint8_t>(16, 0));
    EXPECT_EQ(VA_STATUS_ERROR_DECODING_ERROR, translate().error());
}

TEST_F(H264Translation, RefusesOtherSampleFormats)
{
    picture.seq_fields.bits.chroma_format_idc = 2;
    addSlice(idrSlice(0, 0));
    EXPECT_EQ(VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT, translate().error());
    picture.seq_fields.bits.chroma_format_idc = 1;
    for (const auto &[luma, chroma] : {std::pair{2, 0}, {0, 2}, {1, 1}, {4, 4}}) {
        picture.bit_depth_luma_minus8 = static_cast<uint8_t>(luma);
        picture.bit_depth_chroma_minus8 = static_cast<uint8_t>(chroma);
        addSlice(idrSlice(0, 0));
        EXPECT_EQ(VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT, translate().error()) << luma << chroma;
    }
}

TEST_F(H264Translation, TenBits)
{
    picture.bit_depth_luma_minus8 = picture.bit_depth_chroma_minus8 = 2;
    addSlice(idrSlice(0, 0));
    const auto request = translate();
    ASSERT_TRUE(request);
    EXPECT_EQ(10U, request->bitDepth);
    const auto sps = request->controls.get<v4l2_ctrl_h264_sps>(V4L2_CID_STATELESS_H264_SPS);
    ASSERT_TRUE(sps);
    EXPECT_EQ(110, sps->profile_idc);
    EXPECT_EQ(2, sps->bit_depth_luma_minus8);
    EXPECT_EQ(2, sps->bit_depth_chroma_minus8);
}

TEST_F(H264Translation, InitialQpOfTenBitsIsTheBitstreams)
{
    const auto initQp = [this](int qp, int qs, uint8_t depth) {
        picture.bit_depth_luma_minus8 = picture.bit_depth_chroma_minus8 = depth;
        picture.pic_init_qp_minus26 = static_cast<int8_t>(qp);
        picture.pic_init_qs_minus26 = static_cast<int8_t>(qs);
        addSlice(idrSlice(0, 0));
        const auto request = translate();
        EXPECT_TRUE(request);
        return request->controls.get<v4l2_ctrl_h264_pps>(V4L2_CID_STATELESS_H264_PPS)
            ->pic_init_qp_minus26;
    };
    EXPECT_EQ(-5, initQp(-5, 0, 2));
    EXPECT_EQ(-38, initQp(-38, 0, 2));
    // libavcodec adds QpBdOffset to both.
    EXPECT_EQ(-5, initQp(7, 12, 2));
    EXPECT_EQ(25, initQp(37, 12, 2));
    EXPECT_EQ(7, initQp(7, 12, 0));
}

TEST_F(H264Translation, FindsTheSecondFieldOfAFrame)
{
    const auto fieldSlice = [](bool bottom, uint32_t frameNum) {
        return sliceOf({{8, 0x61},
                        {kUe, 0},
                        {kUe, 7},
                        {kUe, 0},
                        {4, frameNum},
                        {1, 1},
                        {1, bottom ? 1 : 0},
                        {4, 0},
                        {1, 0},
                        {kUe, 0},
                        {8, 0xa5},
                        {8, 0x80}});
    };
    const auto decode = [&](bool bottom, uint16_t frameNum) {
        picture.frame_num = frameNum;
        picture.CurrPic.flags = bottom ? VA_PICTURE_H264_BOTTOM_FIELD : VA_PICTURE_H264_TOP_FIELD;
        addSlice(fieldSlice(bottom, frameNum));
        return translate();
    };
    picture.seq_fields.bits.frame_mbs_only_flag = 0;
    picture.picture_height_in_mbs_minus1 = 3;
    picture.pic_fields.bits.field_pic_flag = 1;

    const auto first = decode(false, 1);
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->fieldPicture);
    EXPECT_FALSE(first->secondField);
    EXPECT_EQ(1, first->controls.get<v4l2_ctrl_h264_sps>(V4L2_CID_STATELESS_H264_SPS)
                     ->pic_height_in_map_units_minus1);
    EXPECT_TRUE(decode(true, 1)->secondField);
    EXPECT_FALSE(decode(false, 2)->secondField); // a frame has two fields
    EXPECT_FALSE(decode(false, 2)->secondField); // the same parity again
    EXPECT_FALSE(decode(true, 3)->secondField);  // of another frame
}

} // namespace
} // namespace daedalus::va
