// SPDX-License-Identifier: BSD-2-Clause
// Streams of picture order count type 1, made from such of type 0.
#include <gtest/gtest.h>

#include "annexb.h"
#include "bit_reader.h"
#include "engine_player.h"
#include "frame_list.h"
#include "h264_slice_header.h"
#include "rbsp_writer.h"

namespace daedalus::test {
namespace {

void copyBits(BitReader &reader, engine::RbspWriter &writer, size_t count)
{
    for (size_t i = 0; i < count; ++i) {
        writer.flag(reader.flag());
    }
}

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
void appendAsTypeOne(std::vector<uint8_t> &stream, std::span<const uint8_t> nal, const H264Sps &sps,
                     const H264Pps &pps)
{
    const auto header = parseH264SliceHeader(nal, sps, pps);
    ASSERT_TRUE(header);
    const auto rbsp = unescapeRbsp(nal.subspan(1));
    BitReader reader(rbsp);
    engine::RbspWriter writer;
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
    engine::appendNalUnit(stream, nal[0], writer.bytes());
}

void makeTypeOne(StatelessPicture &picture)
{
    H264Sps sps;
    H264Pps pps;
    sps.control = *picture.controls.get<v4l2_ctrl_h264_sps>(V4L2_CID_STATELESS_H264_SPS);
    pps.control = *picture.controls.get<v4l2_ctrl_h264_pps>(V4L2_CID_STATELESS_H264_PPS);
    ASSERT_EQ(sps.control.pic_order_cnt_type, 0);
    std::vector<uint8_t> rewritten;
    size_t position = 0;
    while (const auto range = nextNalUnit(picture.bitstream, position)) {
        position = range->offset + range->size;
        appendAsTypeOne(rewritten, std::span(picture.bitstream).subspan(range->offset, range->size),
                        sps, pps);
    }
    picture.bitstream = rewritten;
    sps.control.pic_order_cnt_type = 1;
    picture.controls.set(V4L2_CID_STATELESS_H264_SPS, sps.control);
}

struct RewrittenStream {
    const char *name;
    EncoderOptions options;
};

class RewriterTest : public testing::TestWithParam<RewrittenStream> {};

TEST_P(RewriterTest, isExact)
{
    const Stream stream = encodeStream(GetParam().options);
    const auto expected = decodeAlone(stream);
    const Played played = play(stream, {.edit = makeTypeOne});
    EXPECT_EQ(played.failures(), 0U);
    EXPECT_EQ(played.frames, expected);
}

const RewrittenStream kStreams[] = {
    {"cabac", {.encoder = "libx264", .options = "bf=3:direct-pred=temporal"}},
    {"cavlc", {.encoder = "libx264", .options = "coder=vlc:bf=3:direct-pred=temporal:slices=3"}},
    {"interlaced", {.encoder = "libx264", .options = "weightb=1:bf=3", .interlaced = true}},
};

INSTANTIATE_TEST_SUITE_P(Streams, RewriterTest, testing::ValuesIn(kStreams),
                         [](const auto &info) { return std::string(info.param.name); });

} // namespace
} // namespace daedalus::test
