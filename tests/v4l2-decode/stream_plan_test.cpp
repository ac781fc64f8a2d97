// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include "tests/support/vectors.h"
#include "tools/v4l2-decode/stream_plan.h"

namespace daedalus::test {
namespace {

void append(std::vector<uint8_t> &bytes, const std::vector<uint8_t> &more)
{
    bytes.insert(bytes.end(), more.begin(), more.end());
}

TEST(StreamPlan, OnePlanForEachSize)
{
    auto bytes =
        encodeStream({.encoder = "libx264", .options = "bf=2", .width = 64, .height = 48}).bytes();
    append(
        bytes,
        encodeStream({.encoder = "libx264", .options = "bf=2", .width = 96, .height = 64}).bytes());
    auto stream = v4l2decode::ElementaryStream::fromBytes(std::move(bytes));
    ASSERT_TRUE(stream) << stream.error().what();
    const auto plans = v4l2decode::planStream(*stream);
    ASSERT_EQ(plans.size(), 2U);
    EXPECT_EQ(plans[0].codedWidth, 64U);
    EXPECT_EQ(plans[1].codedWidth, 96U);
    EXPECT_EQ(plans[1].codedHeight, 64U);
    EXPECT_GT(plans[0].bitstreamSize, 0U);

    const auto first = stream->next();
    ASSERT_TRUE(first);
    EXPECT_TRUE(std::holds_alternative<v4l2decode::SequenceStart>(*first))
        << "the stream is at its start";
    const auto second = stream->next();
    EXPECT_EQ(std::get<v4l2decode::StatelessPicture>(*second).timestamp, 1000U);
}

TEST(StreamPlan, KeyFramesOfAnotherSizeStartAPlan)
{
    Stream small = encodeStream({.encoder = "libvpx-vp9",
                                 .options = "cpu-used=8:lag-in-frames=0",
                                 .width = 64,
                                 .height = 48,
                                 .frames = 4});
    const Stream large = encodeStream({.encoder = "libvpx-vp9",
                                       .options = "cpu-used=8:lag-in-frames=0",
                                       .width = 128,
                                       .height = 80,
                                       .frames = 4});
    small.packets.insert(small.packets.end(), large.packets.begin(), large.packets.end());
    auto stream = v4l2decode::ElementaryStream::fromBytes(small.ivf());
    ASSERT_TRUE(stream) << stream.error().what();
    const auto plans = v4l2decode::planStream(*stream);
    ASSERT_EQ(plans.size(), 2U);
    EXPECT_EQ(plans[0].codedHeight, 48U);
    EXPECT_EQ(plans[1].codedHeight, 80U);
}

} // namespace
} // namespace daedalus::test
