// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/rbsp_writer.h"

#include <array>
#include <random>

#include <gtest/gtest.h>

#include "bitstream/annexb.h"
#include "bitstream/bit_reader.h"

namespace daedalus::engine {
namespace {

TEST(RbspWriterTest, putsTheMostSignificantBitFirst)
{
    bitstream::RbspWriter writer;
    writer.bits(0b101, 3);
    writer.bits(0x12345678, 32);
    EXPECT_EQ(writer.position(), 35U);
    writer.trailingBits();
    const std::vector<uint8_t> bytes(writer.bytes().begin(), writer.bytes().end());
    EXPECT_EQ(bytes, (std::vector<uint8_t>{0xa2, 0x46, 0x8a, 0xcf, 0x10}));
}

TEST(RbspWriterTest, trailingBitsOfWholeBytesAreAByte)
{
    bitstream::RbspWriter writer;
    writer.bits(0xff, 8);
    writer.trailingBits();
    ASSERT_EQ(writer.bytes().size(), 2U);
    EXPECT_EQ(writer.bytes()[1], 0x80);
}

TEST(RbspWriterTest, exponentialGolombCodesReadBack)
{
    constexpr std::array<uint32_t, 9> kUnsigned{0, 1, 2, 3, 254, 255, 65535, 1U << 24, 0x7ffffffe};
    constexpr std::array<int32_t, 9> kSigned{0, 1, -1, 2, -2, 4711, -4711, 1 << 24, -(1 << 24)};
    bitstream::RbspWriter writer;
    for (const uint32_t value : kUnsigned) {
        writer.ue(value);
    }
    for (const int32_t value : kSigned) {
        writer.se(value);
    }
    writer.trailingBits();
    bitstream::BitReader reader(writer.bytes());
    for (const uint32_t value : kUnsigned) {
        EXPECT_EQ(reader.ue(), value);
    }
    for (const int32_t value : kSigned) {
        EXPECT_EQ(reader.se(), value);
    }
    EXPECT_FALSE(reader.failed());
    EXPECT_FALSE(reader.moreRbspData());
}

TEST(RbspWriterTest, emulationIsPrevented)
{
    // 7.4.1: within a NAL unit, none of 000000, 000001, 000002 may occur, and 000003
    // only as an emulation prevention.
    const std::vector<uint8_t> payload{0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 4, 0, 0};
    std::vector<uint8_t> stream;
    bitstream::appendNalUnit(stream, 0x67, payload);
    EXPECT_EQ(stream, (std::vector<uint8_t>{0, 0, 1, 0x67, 0, 0, 3, 0, 0, 3, 0, 1, 0,
                                            0, 3, 2, 0,    0, 3, 3, 0, 0, 4, 0, 0, 3}));
}

TEST(RbspWriterTest, anyPayloadComesBack)
{
    std::mt19937 random(1);
    // Mostly zeros and small values, where emulation happens.
    std::discrete_distribution<int> bytes({60, 10, 10, 10, 5, 5});
    for (int round = 0; round < 200; ++round) {
        std::vector<uint8_t> payload(static_cast<size_t>(round));
        for (uint8_t &byte : payload) {
            byte = static_cast<uint8_t>(bytes(random));
        }
        payload.push_back(0x80);
        std::vector<uint8_t> stream;
        bitstream::appendNalUnit(stream, 0x65, payload);
        const auto range = bitstream::nextNalUnit(stream, 0);
        ASSERT_TRUE(range);
        EXPECT_EQ(range->offset + range->size, stream.size());
        EXPECT_EQ(stream[range->offset], 0x65);
        EXPECT_EQ(bitstream::unescapeRbsp(std::span(stream).subspan(range->offset + 1)), payload);
    }
}

} // namespace
} // namespace daedalus::engine
