// SPDX-License-Identifier: BSD-2-Clause
#include <algorithm>

#include <gtest/gtest.h>

#include "bitstream/bool_decoder.h"
#include "tests/support/vectors.h"
#include "tools/v4l2-decode/parser/vp8_parser.h"

namespace daedalus::test {
namespace {

Stream clip()
{
    return encodeStream(
        {.encoder = "libvpx", .options = "b=200000:slices=8", .width = 130, .height = 98});
}

TEST(Vp8BoolDecoder, TellsWhereItIs)
{
    const std::vector<uint8_t> bytes{0b10101010, 0b11001100, 0xff};
    bitstream::BoolDecoder decoder(bytes);
    EXPECT_EQ(decoder.value(), bytes[0]);
    EXPECT_EQ(decoder.position(), 0U);
    EXPECT_EQ(decoder.range(), 255);
    // Even chances: split is 128, and one bit is used up.
    EXPECT_TRUE(decoder.flag());
    EXPECT_EQ(decoder.position(), 1U);
    EXPECT_EQ(decoder.bitCount(), 7);
    EXPECT_EQ(decoder.value(), (0b00101010 << 1) | 1);
    EXPECT_EQ(decoder.range(), 254);
}

TEST(Vp8BoolDecoder, ReadsZerosBehindTheEnd)
{
    bitstream::BoolDecoder decoder({});
    EXPECT_EQ(decoder.literal(32), 0U);
    EXPECT_EQ(decoder.optionalSigned(4), 0);
}

TEST(Vp8HeaderParser, AccountsForAllBytes)
{
    bitstream::Vp8HeaderParser parser;
    for (const auto &packet : clip().packets) {
        const auto header = parser.parse(packet);
        ASSERT_TRUE(header);
        const auto &control = header->control;
        EXPECT_EQ(control.width, 130);
        EXPECT_EQ(control.height, 98);
        ASSERT_EQ(control.num_dct_parts, 8);
        size_t size = bitstream::vp8TagSize(header->keyFrame) + control.first_part_size + 3 * 7;
        for (const uint32_t partition : control.dct_part_sizes) {
            size += partition;
        }
        EXPECT_EQ(size, packet.size());
        EXPECT_LE(control.first_part_header_bits, control.first_part_size * 8);
        EXPECT_EQ((control.first_part_header_bits + control.coder_state.bit_count) % 8, 0U);
    }
}

TEST(Vp8HeaderParser, WantsAKeyFrameFirst)
{
    const auto stream = clip();
    bitstream::Vp8HeaderParser parser;
    EXPECT_FALSE(parser.parse(stream.packets[1]));
    EXPECT_TRUE(parser.parse(stream.packets[0]));
    EXPECT_TRUE(parser.parse(stream.packets[1]));
    parser.reset();
    EXPECT_FALSE(parser.parse(stream.packets[1]));
}

TEST(Vp8HeaderParser, RefusesWhatEndsEarly)
{
    const auto stream = clip();
    const auto &packet = stream.packets[0];
    bitstream::Vp8HeaderParser parser;
    const auto good = parser.parse(packet);
    ASSERT_TRUE(good);
    // The table of partition sizes is the last that has to be there.
    const size_t needed = bitstream::vp8TagSize(true) + good->control.first_part_size + 3 * 7;
    for (size_t size = 0; size < needed; ++size) {
        EXPECT_FALSE(parser.parse(std::span(packet).first(size))) << size;
    }
}

TEST(Vp8StreamParser, FollowsNoKeyFrameThatIsDamaged)
{
    const Stream stream = clip();
    auto key = stream.packets[0];
    // Its partitions do not fit any more.
    const uint32_t first = (key[0] | key[1] << 8U | key[2] << 16U) >> 5U;
    key.resize(bitstream::vp8TagSize(true) + first + 3);
    v4l2decode::Vp8StreamParser parser;
    std::vector<v4l2decode::StreamEvent> events;
    parser.push(key, events);
    parser.push(stream.packets[1], events);
    ASSERT_EQ(events.size(), 2U);
    EXPECT_TRUE(std::holds_alternative<v4l2decode::StreamError>(events[0]));
    EXPECT_TRUE(std::holds_alternative<v4l2decode::StreamError>(events[1]));
    parser.push(stream.packets[0], events);
    EXPECT_TRUE(std::holds_alternative<v4l2decode::SequenceStart>(events[2]));
}

TEST(Vp8StreamParser, HiddenFramesAreDecodedAndNotShown)
{
    v4l2decode::Vp8StreamParser parser;
    std::vector<v4l2decode::StreamEvent> events;
    auto stream = clip();
    stream.packets[5][0] &= static_cast<uint8_t>(~(1U << 4)); // show_frame
    for (const auto &packet : stream.packets) {
        parser.push(packet, events);
    }
    parser.flush(events);
    const auto countOf = [&events](auto condition) {
        return static_cast<size_t>(std::count_if(events.begin(), events.end(), condition));
    };
    const size_t requests = countOf([](const auto &event) {
        return std::holds_alternative<v4l2decode::StatelessPicture>(event);
    });
    const size_t shown = countOf(
        [](const auto &event) { return std::holds_alternative<v4l2decode::ShowPicture>(event); });
    EXPECT_EQ(requests, stream.packets.size());
    EXPECT_EQ(shown + 1, requests);
}

} // namespace
} // namespace daedalus::test
