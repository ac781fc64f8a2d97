// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-conformance/frame_list.h"

#include <gtest/gtest.h>

namespace daedalus::conformance {

namespace {

conformance::FrameList listOf(std::initializer_list<uint8_t> contents)
{
    conformance::FrameList frames;
    for (const uint8_t content : contents) {
        frames.push_back(conformance::hashFrame(std::span<const uint8_t>(&content, 1)));
    }
    return frames;
}

} // namespace

TEST(Compare, SameListsAreExact)
{
    const auto result = conformance::compare(listOf({1, 2, 3}), listOf({1, 2, 3}));
    EXPECT_TRUE(result.allExact());
    EXPECT_EQ(result.exact, 3U);
}

TEST(Compare, AWrongFrameIsFound)
{
    const auto result = conformance::compare(listOf({1, 2, 3, 4}), listOf({1, 2, 9, 4}));
    EXPECT_FALSE(result.allExact());
    EXPECT_EQ(result.firstDifferent, 2U);
    EXPECT_EQ(result.exact, 3U);
}

TEST(Compare, SwappedMissingAndAdditionalFramesAreDifferences)
{
    EXPECT_EQ(conformance::compare(listOf({1, 2, 3}), listOf({1, 3, 2})).firstDifferent, 1U);
    EXPECT_EQ(conformance::compare(listOf({1, 2, 3}), listOf({1, 2})).firstDifferent, 2U);
    EXPECT_EQ(conformance::compare(listOf({1, 2}), listOf({1, 2, 2})).firstDifferent, 2U);
    EXPECT_EQ(conformance::compare(listOf({1, 2, 3}), {}).firstDifferent, 0U);
}

TEST(Compare, NothingIsNotExact)
{
    EXPECT_FALSE(conformance::compare({}, {}).allExact());
}

TEST(FrameMd5, ReadsFfmpegsLines)
{
    const auto frame = conformance::parseFrameMd5(
        "0,          3,          3,        1,   152064, 0cc175b9c0f1b6a831c399e269772661");
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->bytes, 152064U);
    EXPECT_EQ(frame->md5, "0cc175b9c0f1b6a831c399e269772661");
}

TEST(FrameMd5, RefusesEverythingElse)
{
    EXPECT_FALSE(conformance::parseFrameMd5(""));
    EXPECT_FALSE(conformance::parseFrameMd5("#format: frame checksums"));
    EXPECT_FALSE(conformance::parseFrameMd5("0, 3, 3, 1, many, 0cc175b9c0f1b6a831c399e269772661"));
    EXPECT_FALSE(conformance::parseFrameMd5("0, 3, 3, 1, 152064, 0cc175b9"));
    EXPECT_FALSE(
        conformance::parseFrameMd5("1, 3, 3, 1, 152064, 0cc175b9c0f1b6a831c399e269772661"));
    EXPECT_FALSE(
        conformance::parseFrameMd5("0, 3, 3, 1, 152064, 0cc175b9c0f1b6a831c399e269772661, 5"));
}

TEST(HashFrame, IsMd5)
{
    const std::string text = "a";
    EXPECT_EQ(
        conformance::hashFrame({reinterpret_cast<const uint8_t *>(text.data()), text.size()}).md5,
        "0cc175b9c0f1b6a831c399e269772661");
}

} // namespace daedalus::conformance
