// SPDX-License-Identifier: BSD-2-Clause
// Parameter sets that are written from controls: do others read the same from them?
#include "bitstream/h264/parameter_writer.h"

#include <cstring>
#include <random>

#include <gtest/gtest.h>

#include "bitstream/annexb.h"
#include "bitstream/bit_reader.h"
#include "bitstream/h264/parameter_sets.h"
#include "tools/common/libav_handles.h"

namespace daedalus::engine {
namespace {

/// Controls within their ranges, different for each @p seed.
bitstream::H264Parameters randomParameters(unsigned seed)
{
    std::mt19937 random(seed);
    const auto upTo = [&random](int low, int high) {
        return std::uniform_int_distribution<int>(low, high)(random);
    };
    bitstream::H264Parameters parameters;
    v4l2_ctrl_h264_sps &sps = parameters.sps;
    sps.level_idc = 40;
    sps.seq_parameter_set_id = static_cast<uint8_t>(upTo(0, 31));
    sps.chroma_format_idc = static_cast<uint8_t>(upTo(0, 1));
    sps.bit_depth_luma_minus8 = static_cast<uint8_t>(2 * upTo(0, 1));
    sps.bit_depth_chroma_minus8 = sps.bit_depth_luma_minus8;
    sps.profile_idc = sps.bit_depth_luma_minus8 != 0 ? 110 : 100;
    sps.log2_max_frame_num_minus4 = static_cast<uint8_t>(upTo(0, 12));
    sps.pic_order_cnt_type = static_cast<uint8_t>(2 * upTo(0, 1));
    if (sps.pic_order_cnt_type == 0) {
        sps.log2_max_pic_order_cnt_lsb_minus4 = static_cast<uint8_t>(upTo(0, 12));
    }
    sps.max_num_ref_frames = static_cast<uint8_t>(upTo(0, 16));
    sps.pic_width_in_mbs_minus1 = static_cast<uint16_t>(upTo(0, 255));
    sps.pic_height_in_map_units_minus1 = static_cast<uint16_t>(upTo(0, 100));
    sps.flags = upTo(0, 1) != 0 ? V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY
                                : V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD;
    sps.flags |= V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE;
    sps.flags |= upTo(0, 1) != 0 ? V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED : 0;

    v4l2_ctrl_h264_pps &pps = parameters.pps;
    pps.seq_parameter_set_id = sps.seq_parameter_set_id;
    pps.num_ref_idx_l0_default_active_minus1 = static_cast<uint8_t>(upTo(0, 31));
    pps.num_ref_idx_l1_default_active_minus1 = static_cast<uint8_t>(upTo(0, 31));
    pps.weighted_bipred_idc = static_cast<uint8_t>(upTo(0, 2));
    const int qpBdOffset = 6 * sps.bit_depth_luma_minus8;
    pps.pic_init_qp_minus26 = static_cast<int8_t>(upTo(-26 - qpBdOffset, 25));
    pps.pic_init_qs_minus26 = static_cast<int8_t>(upTo(-26, 25));
    pps.chroma_qp_index_offset = static_cast<int8_t>(upTo(-12, 12));
    pps.second_chroma_qp_index_offset = static_cast<int8_t>(upTo(-12, 12));
    pps.flags = static_cast<uint16_t>(upTo(0, 0xff));
    for (auto &list : parameters.scaling.scaling_list_4x4) {
        for (uint8_t &value : list) {
            value = static_cast<uint8_t>(upTo(1, 255));
        }
    }
    for (auto &list : parameters.scaling.scaling_list_8x8) {
        for (uint8_t &value : list) {
            value = static_cast<uint8_t>(upTo(1, 255));
        }
    }
    return parameters;
}

std::vector<uint8_t> payloadOf(const std::vector<uint8_t> &stream)
{
    const auto range = bitstream::nextNalUnit(stream, 0);
    EXPECT_TRUE(range);
    return bitstream::unescapeRbsp(std::span(stream).subspan(range->offset + 1, range->size - 1));
}

/// Whether libavcodec's strict syntax reader accepts the NAL units.
bool acceptedByLibavcodec(const std::vector<uint8_t> &stream)
{
    AVBSFContext *raw = nullptr;
    if (av_bsf_alloc(av_bsf_get_by_name("h264_metadata"), &raw) < 0) {
        return false;
    }
    const tools::AvPtr<AVBSFContext> filter(raw);
    filter->par_in->codec_type = AVMEDIA_TYPE_VIDEO;
    filter->par_in->codec_id = AV_CODEC_ID_H264;
    const tools::AvPtr<AVPacket> packet(av_packet_alloc());
    if (av_bsf_init(raw) < 0 || av_new_packet(packet.get(), static_cast<int>(stream.size())) < 0) {
        return false;
    }
    std::memcpy(packet->data, stream.data(), stream.size());
    return av_bsf_send_packet(raw, packet.get()) == 0 &&
           av_bsf_receive_packet(raw, packet.get()) == 0;
}

TEST(ParameterWriterTest, parameterSetsReadBack)
{
    for (unsigned seed = 0; seed < 300; ++seed) {
        SCOPED_TRACE(seed);
        const bitstream::H264Parameters parameters = randomParameters(seed);
        ASSERT_TRUE(bitstream::checkH264Parameters(parameters));
        std::vector<uint8_t> spsNal;
        bitstream::appendSps(spsNal, parameters);
        const auto sps = bitstream::parseH264Sps(payloadOf(spsNal));
        ASSERT_TRUE(sps) << sps.error().what();
        v4l2_ctrl_h264_sps control = sps->control;
        EXPECT_EQ(std::memcmp(&control, &parameters.sps, sizeof(control)), 0);
        EXPECT_TRUE(sps->bitstreamRestriction);
        EXPECT_EQ(sps->maxNumReorderFrames, 0U);

        constexpr uint8_t kId = 77;
        std::vector<uint8_t> ppsNal;
        bitstream::appendPps(ppsNal, parameters, kId);
        const auto pps = bitstream::parseH264Pps(payloadOf(ppsNal), sps->control.chroma_format_idc);
        ASSERT_TRUE(pps) << pps.error().what();
        v4l2_ctrl_h264_pps expected = parameters.pps;
        expected.pic_parameter_set_id = kId;
        EXPECT_EQ(std::memcmp(&pps->control, &expected, sizeof(expected)), 0);

        EXPECT_EQ(pps->scaling.present, expected.flags >> 7 & 1);
        if (pps->scaling.present) {
            const auto matrix = bitstream::h264ScalingMatrix(sps->scaling, pps->scaling);
            const auto &written = parameters.scaling;
            EXPECT_EQ(std::memcmp(matrix.scaling_list_4x4, written.scaling_list_4x4,
                                  sizeof(matrix.scaling_list_4x4)),
                      0);
            if (pps->has(V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE)) {
                constexpr size_t kTwoLists = 2 * sizeof(matrix.scaling_list_8x8[0]);
                EXPECT_EQ(std::memcmp(matrix.scaling_list_8x8, written.scaling_list_8x8, kTwoLists),
                          0);
            }
        }

        spsNal.insert(spsNal.end(), ppsNal.begin(), ppsNal.end());
        EXPECT_TRUE(acceptedByLibavcodec(spsNal));
    }
}

TEST(ParameterWriterTest, pictureOrderCountTypeOneBecomesTypeZero)
{
    bitstream::H264Parameters parameters = randomParameters(1);
    parameters.sps.pic_order_cnt_type = 1;
    std::vector<uint8_t> nal;
    bitstream::appendSps(nal, parameters);
    const auto sps = bitstream::parseH264Sps(payloadOf(nal));
    ASSERT_TRUE(sps);
    EXPECT_EQ(sps->control.pic_order_cnt_type, 0);
    EXPECT_EQ(sps->control.log2_max_pic_order_cnt_lsb_minus4 + 4U,
              bitstream::kRewrittenPicOrderCntBits);
    nal.clear();
    bitstream::appendPps(nal, parameters, 0);
    const auto pps = bitstream::parseH264Pps(payloadOf(nal), 1);
    ASSERT_TRUE(pps);
    EXPECT_TRUE(pps->has(V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT));
}

struct BadValue {
    const char *name;
    int error;
    void (*spoil)(bitstream::H264Parameters &);
};

class BadParametersTest : public testing::TestWithParam<BadValue> {};

TEST_P(BadParametersTest, isRefused)
{
    bitstream::H264Parameters parameters = randomParameters(2);
    parameters.pps.flags |=
        V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT | V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE;
    ASSERT_TRUE(bitstream::checkH264Parameters(parameters));
    GetParam().spoil(parameters);
    const auto checked = bitstream::checkH264Parameters(parameters);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code(), GetParam().error);
}

const BadValue kBadValues[] = {
    {"lumaDepth", ENOTSUP, [](bitstream::H264Parameters &p) { p.sps.bit_depth_luma_minus8 ^= 2; }},
    {"chromaDepth", ENOTSUP,
     [](bitstream::H264Parameters &p) { p.sps.bit_depth_chroma_minus8 ^= 2; }},
    {"nineBit", ENOTSUP,
     [](bitstream::H264Parameters &p) {
         p.sps.bit_depth_luma_minus8 = p.sps.bit_depth_chroma_minus8 = 1;
     }},
    {"fourteenBit", ENOTSUP,
     [](bitstream::H264Parameters &p) {
         p.sps.bit_depth_luma_minus8 = p.sps.bit_depth_chroma_minus8 = 6;
     }},
    {"chroma422", ENOTSUP, [](bitstream::H264Parameters &p) { p.sps.chroma_format_idc = 2; }},
    {"separatePlanes", ENOTSUP,
     [](bitstream::H264Parameters &p) { p.sps.flags |= V4L2_H264_SPS_FLAG_SEPARATE_COLOUR_PLANE; }},
    {"spsId", EINVAL, [](bitstream::H264Parameters &p) { p.sps.seq_parameter_set_id = 32; }},
    {"frameNumBits", EINVAL,
     [](bitstream::H264Parameters &p) { p.sps.log2_max_frame_num_minus4 = 13; }},
    {"pocBits", EINVAL,
     [](bitstream::H264Parameters &p) { p.sps.log2_max_pic_order_cnt_lsb_minus4 = 13; }},
    {"pocType", EINVAL, [](bitstream::H264Parameters &p) { p.sps.pic_order_cnt_type = 3; }},
    {"references", EINVAL, [](bitstream::H264Parameters &p) { p.sps.max_num_ref_frames = 17; }},
    {"width", EINVAL, [](bitstream::H264Parameters &p) { p.sps.pic_width_in_mbs_minus1 = 0xffff; }},
    {"height", EINVAL,
     [](bitstream::H264Parameters &p) { p.sps.pic_height_in_map_units_minus1 = 0xffff; }},
    {"sliceGroups", ENOTSUP,
     [](bitstream::H264Parameters &p) { p.pps.num_slice_groups_minus1 = 1; }},
    {"activeL0", EINVAL,
     [](bitstream::H264Parameters &p) { p.pps.num_ref_idx_l0_default_active_minus1 = 32; }},
    {"activeL1", EINVAL,
     [](bitstream::H264Parameters &p) { p.pps.num_ref_idx_l1_default_active_minus1 = 255; }},
    {"bipred", EINVAL, [](bitstream::H264Parameters &p) { p.pps.weighted_bipred_idc = 3; }},
    {"qp", EINVAL,
     [](bitstream::H264Parameters &p) {
         p.sps.bit_depth_luma_minus8 = p.sps.bit_depth_chroma_minus8 = 0;
         p.pps.pic_init_qp_minus26 = -27;
     }},
    {"qpOfTenBits", EINVAL,
     [](bitstream::H264Parameters &p) {
         p.sps.bit_depth_luma_minus8 = p.sps.bit_depth_chroma_minus8 = 2;
         p.pps.pic_init_qp_minus26 = -39;
     }},
    {"qs", EINVAL, [](bitstream::H264Parameters &p) { p.pps.pic_init_qs_minus26 = 26; }},
    {"chromaQp", EINVAL, [](bitstream::H264Parameters &p) { p.pps.chroma_qp_index_offset = 13; }},
    {"secondChromaQp", EINVAL,
     [](bitstream::H264Parameters &p) { p.pps.second_chroma_qp_index_offset = -13; }},
    {"scaling4x4", EINVAL,
     [](bitstream::H264Parameters &p) { p.scaling.scaling_list_4x4[5][15] = 0; }},
    {"scaling8x8", EINVAL,
     [](bitstream::H264Parameters &p) { p.scaling.scaling_list_8x8[1][63] = 0; }},
};

INSTANTIATE_TEST_SUITE_P(Values, BadParametersTest, testing::ValuesIn(kBadValues),
                         [](const auto &info) { return std::string(info.param.name); });

} // namespace
} // namespace daedalus::engine
