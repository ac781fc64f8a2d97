// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include "bitstream/h264/scaling.h"

namespace daedalus::test {
namespace {

using Source = bitstream::H264ScalingLists::Source;

TEST(H264Scaling, FlatWithoutLists)
{
    const auto matrix = bitstream::h264ScalingMatrix({}, {});
    for (const auto &list : matrix.scaling_list_4x4) {
        for (const uint8_t value : list) {
            EXPECT_EQ(value, 16);
        }
    }
    EXPECT_EQ(matrix.scaling_list_8x8[5][63], 16);
}

TEST(H264Scaling, RuleSetATakesTheDefaultsInRasterOrder)
{
    bitstream::H264ScalingLists sps;
    sps.present = true;
    const auto matrix = bitstream::h264ScalingMatrix(sps, {});
    // Table 7-3 through the zig-zag scan: 6 13 20 28 / 13 20 28 32 / 20 28 32 37 / ...
    constexpr std::array<uint8_t, 16> kIntra{6,  13, 20, 28, 13, 20, 28, 32,
                                             20, 28, 32, 37, 28, 32, 37, 42};
    for (unsigned list = 0; list < 3; ++list) {
        for (unsigned i = 0; i < 16; ++i) {
            EXPECT_EQ(matrix.scaling_list_4x4[list][i], kIntra[i]);
        }
    }
    EXPECT_EQ(matrix.scaling_list_4x4[3][0], 10);
    EXPECT_EQ(matrix.scaling_list_4x4[5][15], 34);
    // 8x8: Intra Y, Inter Y, Intra Cb, ...
    EXPECT_EQ(matrix.scaling_list_8x8[0][0], 6);
    EXPECT_EQ(matrix.scaling_list_8x8[1][0], 9);
    EXPECT_EQ(matrix.scaling_list_8x8[4][63], 42);
    EXPECT_EQ(matrix.scaling_list_8x8[5][63], 35);
    EXPECT_EQ(matrix.scaling_list_8x8[0][1], 10) << "second in the first row";
    EXPECT_EQ(matrix.scaling_list_8x8[0][8], 10) << "first in the second row";
}

TEST(H264Scaling, RuleSetBFallsBackToTheSequence)
{
    bitstream::H264ScalingLists sps;
    sps.present = true;
    sps.source[0] = Source::Transmitted;
    sps.lists4x4[0].fill(40);
    sps.source[7] = Source::Transmitted;
    sps.lists8x8[1].fill(50);
    bitstream::H264ScalingLists pps;
    pps.present = true;
    pps.source[1] = Source::Default;
    pps.source[3] = Source::Transmitted;
    pps.lists4x4[3].fill(60);
    const auto matrix = bitstream::h264ScalingMatrix(sps, pps);
    EXPECT_EQ(matrix.scaling_list_4x4[0][5], 40) << "of the sequence";
    EXPECT_EQ(matrix.scaling_list_4x4[1][0], 6) << "the default list";
    EXPECT_EQ(matrix.scaling_list_4x4[2][0], 6) << "the list before";
    EXPECT_EQ(matrix.scaling_list_4x4[4][9], 60) << "the list before";
    EXPECT_EQ(matrix.scaling_list_8x8[1][9], 50) << "of the sequence";
    EXPECT_EQ(matrix.scaling_list_8x8[3][9], 50) << "two lists before";
}

TEST(H264Scaling, PpsWithoutSequenceListsUsesRuleSetA)
{
    bitstream::H264ScalingLists pps;
    pps.present = true;
    pps.source[1] = Source::Transmitted;
    pps.lists4x4[1].fill(20);
    const auto matrix = bitstream::h264ScalingMatrix({}, pps);
    EXPECT_EQ(matrix.scaling_list_4x4[0][0], 6);
    EXPECT_EQ(matrix.scaling_list_4x4[2][0], 20);
}

TEST(H264Scaling, ReadsDeltasAndRepeatsTheLastScale)
{
    // List 0: 1, delta +8 (000010000) to 16, delta -16 (00000100001) to 0, which
    // repeats 16. List 1: 1, delta -8 (000010001) to 0 at once, the default list.
    // Lists 2 to 5: 0.
    const std::array<uint8_t, 5> bits{0b10000100, 0b00000001, 0b00001100, 0b00100010, 0};
    bitstream::BitReader reader(bits);
    const auto lists = bitstream::readH264ScalingLists(reader, 6);
    EXPECT_EQ(lists.source[0], Source::Transmitted);
    for (const uint8_t value : lists.lists4x4[0]) {
        EXPECT_EQ(value, 16);
    }
    EXPECT_EQ(lists.source[1], Source::Default);
    EXPECT_EQ(lists.source[2], Source::FallBack);
    EXPECT_FALSE(reader.failed());
}

} // namespace
} // namespace daedalus::test
