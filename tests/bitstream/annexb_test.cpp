// SPDX-License-Identifier: BSD-2-Clause
#include <array>

#include <gtest/gtest.h>

#include "bitstream/annexb.h"

namespace daedalus::test {
namespace {

TEST(AnnexB, FindsUnitsBehindShortAndLongStartCodes)
{
    const std::array<uint8_t, 16> stream{0, 0, 0, 1, 0x67, 7, 0, 0, 1, 0x68, 0, 0, 0, 0, 1, 0x65};
    const auto first = bitstream::nextNalUnit(stream, 0);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->offset, 4U);
    EXPECT_EQ(first->size, 2U);
    const auto second = bitstream::nextNalUnit(stream, first->offset + first->size);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->offset, 9U);
    EXPECT_EQ(second->size, 1U) << "trailing_zero_8bits belong to no NAL unit";
    const auto third = bitstream::nextNalUnit(stream, second->offset + second->size);
    ASSERT_TRUE(third);
    EXPECT_EQ(third->offset, 15U);
    EXPECT_FALSE(bitstream::nextNalUnit(stream, third->offset + third->size));
}

TEST(AnnexB, IgnoresEmptyUnits)
{
    const std::array<uint8_t, 9> stream{0, 0, 1, 0, 0, 1, 0, 0, 1};
    EXPECT_FALSE(bitstream::nextNalUnit(stream, 0));
    EXPECT_FALSE(bitstream::nextNalUnit({}, 0));
    const std::array<uint8_t, 2> noStartCode{1, 2};
    EXPECT_FALSE(bitstream::nextNalUnit(noStartCode, 5));
}

} // namespace
} // namespace daedalus::test
