// SPDX-License-Identifier: BSD-2-Clause
#include <array>

#include <gtest/gtest.h>

#include "bitstream/bit_reader.h"

namespace daedalus::test {
namespace {

TEST(BitReader, ReadsAcrossBytes)
{
    const std::array<uint8_t, 5> bytes{0b10110011, 0x0f, 0xff, 0x00, 0xaa};
    bitstream::BitReader reader(bytes);
    EXPECT_EQ(reader.bits(3), 0b101U);
    EXPECT_EQ(reader.bits(9), 0b100110000U);
    EXPECT_EQ(reader.bits(4), 0xfU);
    EXPECT_EQ(reader.position(), 16U);
    EXPECT_EQ(reader.bits(24), 0xff00aaU);
    EXPECT_FALSE(reader.failed());
    EXPECT_EQ(reader.bits(1), 0U);
    EXPECT_TRUE(reader.failed());
}

TEST(BitReader, ReadsExpGolomb)
{
    // 1 | 010 | 011 | 00100 | 00101: ue 0 1 2 3 4, H.264 table 9-2.
    const std::array<uint8_t, 3> bytes{0b10100110, 0b01000010, 0b10000000};
    bitstream::BitReader unsignedReader(bytes);
    for (unsigned expected = 0; expected < 5; ++expected) {
        EXPECT_EQ(unsignedReader.ue(), expected);
    }
    bitstream::BitReader signedReader(bytes);
    for (const int expected : {0, 1, -1, 2, -2}) {
        EXPECT_EQ(signedReader.se(), expected);
    }
}

TEST(BitReader, LongestCodes)
{
    // 31 zeros, a one, 31 ones: 2^32 - 2, the largest ue(v).
    const std::array<uint8_t, 8> largest{0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe};
    bitstream::BitReader reader(largest);
    EXPECT_EQ(reader.ue(), 0xfffffffeU);
    EXPECT_FALSE(reader.failed());
    const std::array<uint8_t, 9> tooLong{0, 0, 0, 0, 0x80, 0, 0, 0, 0};
    bitstream::BitReader failing(tooLong);
    failing.ue();
    EXPECT_TRUE(failing.failed());
}

TEST(BitReader, FindsTheRbspTrailingBits)
{
    const std::array<uint8_t, 3> bytes{0b10101000, 0, 0};
    bitstream::BitReader reader(bytes);
    EXPECT_TRUE(reader.moreRbspData());
    reader.skip(4);
    EXPECT_FALSE(reader.moreRbspData());
}

TEST(UnescapeRbsp, RemovesEmulationPrevention)
{
    const std::array<uint8_t, 9> payload{0, 0, 3, 1, 0, 0, 0x03, 0x00, 3};
    EXPECT_EQ(bitstream::unescapeRbsp(payload), (std::vector<uint8_t>{0, 0, 1, 0, 0, 0, 3}));
    const std::array<uint8_t, 4> none{0, 3, 0, 3};
    EXPECT_EQ(bitstream::unescapeRbsp(none), (std::vector<uint8_t>{0, 3, 0, 3}));
}

} // namespace
} // namespace daedalus::test
