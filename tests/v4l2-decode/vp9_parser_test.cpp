// SPDX-License-Identifier: BSD-2-Clause
#include <algorithm>
#include <cstring>

#include <gtest/gtest.h>

#include "tests/support/vectors.h"
#include "tools/v4l2-decode/parser/vp9_parser.h"

namespace daedalus::test {
namespace {

TEST(Vp9Superframe, SplitsAlongTheIndex)
{
    // Two frames of 3 and 2 bytes, sizes of one byte each.
    const std::vector<uint8_t> chunk{1, 2, 3, 4, 5, 0xc1, 3, 2, 0xc1};
    const auto frames = bitstream::splitVp9Superframe(chunk);
    ASSERT_EQ(frames.size(), 2U);
    EXPECT_EQ(std::vector<uint8_t>(frames[0].begin(), frames[0].end()),
              (std::vector<uint8_t>{1, 2, 3}));
    EXPECT_EQ(std::vector<uint8_t>(frames[1].begin(), frames[1].end()),
              (std::vector<uint8_t>{4, 5}));
}

TEST(Vp9Superframe, TakesADamagedIndexAsOneFrame)
{
    const std::vector<uint8_t> tooLong{1, 2, 3, 0xc1, 3, 9, 0xc1};
    EXPECT_EQ(bitstream::splitVp9Superframe(tooLong).size(), 1U);
    const std::vector<uint8_t> noFirstMarker{1, 2, 3, 4, 5, 0, 3, 2, 0xc1};
    EXPECT_EQ(bitstream::splitVp9Superframe(noFirstMarker).size(), 1U);
    EXPECT_TRUE(bitstream::splitVp9Superframe({}).empty());
}

TEST(Vp9HeaderParser, WantsAKeyFrameFirst)
{
    const auto stream = encodeStream(
        {.encoder = "libvpx-vp9", .options = "lag-in-frames=0:cpu-used=8", .frames = 3});
    ASSERT_GE(stream.packets.size(), 2U);
    bitstream::Vp9HeaderParser parser;
    const auto inter = parser.parse(stream.packets[1]);
    ASSERT_FALSE(inter);
    EXPECT_EQ(inter.error().code(), EAGAIN);

    const auto key = parser.parse(stream.packets[0]);
    ASSERT_TRUE(key) << key.error().what();
    EXPECT_TRUE(key->keyFrame);
    EXPECT_EQ(key->refreshFrameFlags, 0xff);
    EXPECT_EQ(key->width, 176U);
    EXPECT_EQ(key->height, 144U);
    // The defaults of setup_past_independence() (7.2).
    EXPECT_EQ(key->control.lf.ref_deltas[0], 1);
    EXPECT_EQ(key->control.lf.ref_deltas[3], -1);

    const auto next = parser.parse(stream.packets[1]);
    ASSERT_TRUE(next) << next.error().what();
    EXPECT_FALSE(next->keyFrame);
    EXPECT_EQ(next->width, 176U);
    EXPECT_EQ(next->control.lf.ref_deltas[3], -1) << "deltas last";
}

TEST(Vp9HeaderParser, KeepsItsStateOverDamage)
{
    const auto stream = encodeStream(
        {.encoder = "libvpx-vp9", .options = "lag-in-frames=0:cpu-used=8", .frames = 3});
    ASSERT_GE(stream.packets.size(), 3U);
    bitstream::Vp9HeaderParser parser;
    bitstream::Vp9HeaderParser undisturbed;
    ASSERT_TRUE(parser.parse(stream.packets[0]));
    ASSERT_TRUE(undisturbed.parse(stream.packets[0]));
    const std::vector<uint8_t> cut(stream.packets[1].begin(), stream.packets[1].begin() + 4);
    EXPECT_FALSE(parser.parse(cut));
    const auto header = parser.parse(stream.packets[1]);
    const auto expected = undisturbed.parse(stream.packets[1]);
    ASSERT_TRUE(header);
    ASSERT_TRUE(expected);
    EXPECT_EQ(std::memcmp(&header->control, &expected->control, sizeof(header->control)), 0);
}

TEST(Vp9StreamParser, ShowsAnExistingFrameWithoutARequest)
{
    const auto stream = encodeStream(
        {.encoder = "libvpx-vp9", .options = "lag-in-frames=0:cpu-used=8", .frames = 2});
    ASSERT_EQ(stream.packets.size(), 2U);
    // frame_marker 2, profile 0, show_existing_frame, slot 3.
    const std::vector<uint8_t> repeat{0b10001011};
    v4l2decode::Vp9StreamParser parser;
    std::vector<v4l2decode::StreamEvent> events;
    parser.push(repeat, events);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_TRUE(std::holds_alternative<v4l2decode::StreamError>(events[0]))
        << "slot 3 is empty yet";
    events.clear();
    parser.push(stream.packets[0], events);
    ASSERT_EQ(events.size(), 3U);
    const uint64_t key = std::get<v4l2decode::StatelessPicture>(events[1]).timestamp;
    events.clear();
    parser.push(repeat, events);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(std::get<v4l2decode::ShowPicture>(events[0]).timestamp, key);
}

TEST(Vp9StreamParser, HiddenFramesAreDecodedAndNotShown)
{
    for (const auto &file : vectorFiles("vp9")) {
        if (file.stem() != "vp90-2-10-show-existing-frame") {
            continue;
        }
        v4l2decode::Vp9StreamParser parser;
        std::vector<v4l2decode::StreamEvent> events;
        for (const auto &packet : readStream(file).packets) {
            parser.push(packet, events);
        }
        parser.flush(events);
        const auto hidden = std::count_if(events.begin(), events.end(), [](const auto &event) {
            const auto *picture = std::get_if<v4l2decode::StatelessPicture>(&event);
            return picture != nullptr && picture->hidden;
        });
        EXPECT_GT(hidden, 0);
        return;
    }
    GTEST_SKIP() << "no vp90-2-10-show-existing-frame in " DAEDALUS_VECTORS_DIR "/vp9";
}

} // namespace
} // namespace daedalus::test
