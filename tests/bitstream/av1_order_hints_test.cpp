// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include "bitstream/av1/order_hints.h"

namespace daedalus::test {
namespace {

TEST(Av1Order, WrapsAround)
{
    EXPECT_EQ(1, bitstream::av1RelativeDistance(3, 0, 7));
    EXPECT_EQ(-1, bitstream::av1RelativeDistance(3, 7, 0));
    EXPECT_EQ(-4, bitstream::av1RelativeDistance(3, 4, 0));
    EXPECT_EQ(0, bitstream::av1RelativeDistance(0, 4, 1));
}

TEST(Av1Order, FindsSkipModeFrames)
{
    using Frames = std::pair<unsigned, unsigned>;
    // The nearest before and the nearest after, the first of equals.
    EXPECT_EQ((Frames{1, 4}), bitstream::av1SkipModeFrames(7, 20, {10, 18, 18, 4, 22, 30, 22}));
    // None after: the two nearest before.
    EXPECT_EQ((Frames{0, 2}), bitstream::av1SkipModeFrames(7, 20, {18, 18, 12, 4, 18, 4, 4}));
    // Only one before; none before.
    EXPECT_EQ(std::nullopt, bitstream::av1SkipModeFrames(7, 20, {18, 18, 18, 18, 18, 18, 18}));
    EXPECT_EQ(std::nullopt, bitstream::av1SkipModeFrames(7, 20, {22, 22, 22, 22, 24, 24, 24}));
}

} // namespace
} // namespace daedalus::test
