// SPDX-License-Identifier: BSD-2-Clause
// Streams of picture order count type 1, made from such of type 0.
#include <gtest/gtest.h>

#include "bitstream/annexb.h"
#include "bitstream/bit_reader.h"
#include "bitstream/h264/picture_data.h"
#include "bitstream/h264/slice_header.h"
#include "bitstream/h264/slice_rewriter.h"
#include "bitstream/rbsp_writer.h"
#include "tests/engine/exactness.h"

namespace daedalus::test {
namespace {

size_t bitsWithoutTrailing(const std::vector<uint8_t> &rbsp)
{
    size_t bits = rbsp.size() * 8;
    while ((rbsp[(bits - 1) / 8] >> (7 - (bits - 1) % 8) & 1) == 0) {
        --bits;
    }
    return bits - 1;
}

/// The slice as type 1 has it, with numbers that mean nothing: only the controls tell
/// the picture order count.
void appendAsTypeOne(std::vector<uint8_t> &stream, std::span<const uint8_t> nal,
                     const bitstream::H264Sps &sps, const bitstream::H264Pps &pps)
{
    const auto header = bitstream::parseH264SliceHeader(nal, sps, pps);
    ASSERT_TRUE(header);
    const auto rbsp = bitstream::unescapeRbsp(nal.subspan(1));
    bitstream::BitReader reader(rbsp);
    bitstream::RbspWriter writer;
    writer.ue(reader.ue());
    writer.ue(reader.ue());
    writer.ue(reader.ue());
    copyBits(reader, writer, sps.control.log2_max_frame_num_minus4 + 4U);
    if (!sps.frameMbsOnly()) {
        copyBits(reader, writer, header->fieldPic ? 2 : 1);
    }
    if (header->idr) {
        writer.ue(reader.ue());
    }
    reader.skip(header->picOrderCntBits);
    writer.se(static_cast<int32_t>(header->frameNum) * 37 - 55);
    if (!header->fieldPic && pps.has(V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT)) {
        writer.se(-3);
    }
    copyBits(reader, writer, header->headerBits - 8 - reader.position());
    if (pps.has(V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE)) {
        while (reader.position() % 8 != 0) {
            EXPECT_TRUE(reader.flag());
        }
        while (writer.position() % 8 != 0) {
            writer.flag(true);
        }
    }
    copyBits(reader, writer, bitsWithoutTrailing(rbsp) - reader.position());
    writer.trailingBits();
    bitstream::appendNalUnit(stream, nal[0], writer.bytes());
}

void makeTypeOne(v4l2decode::StatelessPicture &picture)
{
    bitstream::H264Sps sps;
    bitstream::H264Pps pps;
    sps.control = *picture.controls.get<v4l2_ctrl_h264_sps>(V4L2_CID_STATELESS_H264_SPS);
    pps.control = *picture.controls.get<v4l2_ctrl_h264_pps>(V4L2_CID_STATELESS_H264_PPS);
    ASSERT_EQ(sps.control.pic_order_cnt_type, 0);
    std::vector<uint8_t> rewritten;
    size_t position = 0;
    while (const auto range = bitstream::nextNalUnit(picture.bitstream, position)) {
        position = range->offset + range->size;
        appendAsTypeOne(rewritten, std::span(picture.bitstream).subspan(range->offset, range->size),
                        sps, pps);
    }
    picture.bitstream = rewritten;
    sps.control.pic_order_cnt_type = 1;
    picture.controls.set(V4L2_CID_STATELESS_H264_SPS, sps.control);
}

class RewriterTest : public testing::TestWithParam<GeneratedStream> {};

TEST_P(RewriterTest, isExact)
{
    const Stream stream = encodeStream(GetParam().options);
    const auto expected = decodeAlone(stream);
    const Played played = play(stream, {.edit = makeTypeOne});
    EXPECT_EQ(played.failures(), 0U);
    EXPECT_EQ(played.frames, expected);
}

const GeneratedStream kStreams[] = {
    {"cabac", "libx264", "bf=3:direct-pred=temporal"},
    {"cavlc", "libx264", "coder=vlc:bf=3:direct-pred=temporal:slices=3"},
    {"interlaced", "libx264", "weightb=1:bf=3", {.interlaced = true}},
};

INSTANTIATE_TEST_SUITE_P(Streams, RewriterTest, testing::ValuesIn(kStreams), kNameOfTest);

/// A CAVLC slice of one I_PCM macroblock, whose samples begin at a whole byte.
std::vector<uint8_t> pcmSlice(uint8_t ppsId, bool redundant, int32_t delta)
{
    bitstream::RbspWriter writer;
    writer.ue(0); // first_mb_in_slice
    writer.ue(7); // slice_type: I
    writer.ue(ppsId);
    writer.bits(3, 4); // frame_num
    writer.se(delta);  // delta_pic_order_cnt[0]
    if (redundant) {
        writer.ue(0); // redundant_pic_cnt
    }
    writer.se(0);  // slice_qp_delta
    writer.ue(25); // mb_type
    while (writer.position() % 8 != 0) {
        writer.flag(false);
    }
    for (uint32_t sample = 0; sample < 384; ++sample) {
        writer.bits(100 + sample % 100, 8);
    }
    writer.trailingBits();
    std::vector<uint8_t> stream;
    bitstream::appendNalUnit(stream, 1, writer.bytes());
    return stream;
}

TEST(RewriterAlignment, samplesOfPcmBlocksStayWhole)
{
    bitstream::H264Parameters parameters;
    parameters.sps.pic_order_cnt_type = 1;
    parameters.sps.flags = V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY;
    parameters.decode.top_field_order_cnt = 40;
    for (const uint8_t ppsId : {0, 1, 3, 7, 20, 255}) {
        for (const bool redundant : {false, true}) {
            parameters.pps.flags = redundant ? V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT : 0;
            for (int32_t number = 0; number < 20; ++number) {
                parameters.decode.bottom_field_order_cnt = 40 + number * number;
                const auto stream = pcmSlice(ppsId, redundant, number * 3 - 7);
                const auto slices = bitstream::findSlices(stream, parameters);
                ASSERT_TRUE(slices);
                ASSERT_TRUE(slices->front().headerGood);
                std::vector<uint8_t> rewritten;
                bitstream::appendWithPicOrderCnt(rewritten, slices->front(), parameters);
                const auto before = bitstream::unescapeRbsp(stream);
                const auto after = bitstream::unescapeRbsp(rewritten);
                // The samples and the trailing bits.
                EXPECT_TRUE(std::equal(before.end() - 385, before.end(), after.end() - 385))
                    << "PPS " << unsigned{ppsId} << ", number " << number;
            }
        }
    }
}

} // namespace
} // namespace daedalus::test
