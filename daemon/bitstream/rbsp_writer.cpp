// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/rbsp_writer.h"

#include <algorithm>
#include <bit>

#include "bitstream/bit_reader.h"

namespace daedalus::bitstream {

void RbspWriter::bits(uint32_t value, unsigned count)
{
    while (count > 0) {
        if (free_ == 0) {
            bytes_.push_back(0);
            free_ = 8;
        }
        const unsigned taken = std::min(count, free_);
        const uint32_t chunk = value >> (count - taken) & ((1U << taken) - 1);
        bytes_.back() |= static_cast<uint8_t>(chunk << (free_ - taken));
        free_ -= taken;
        count -= taken;
    }
}

void RbspWriter::ue(uint32_t value)
{
    const uint32_t code = value + 1;
    const auto length = static_cast<unsigned>(std::bit_width(code));
    bits(0, length - 1);
    bits(code, length);
}

void RbspWriter::se(int32_t value)
{
    const auto magnitude = static_cast<uint32_t>(value < 0 ? -int64_t{value} : int64_t{value});
    ue(value > 0 ? 2 * magnitude - 1 : 2 * magnitude);
}

void RbspWriter::trailingBits()
{
    bits(1, 1);
    free_ = 0;
}

void copyBits(BitReader &reader, RbspWriter &writer, size_t count)
{
    while (count > 0) {
        const auto chunk = static_cast<unsigned>(std::min<size_t>(count, 32));
        writer.bits(reader.bits(chunk), chunk);
        count -= chunk;
    }
}

void appendNalUnit(std::vector<uint8_t> &stream, uint8_t header, std::span<const uint8_t> rbsp)
{
    constexpr uint8_t kEmulationPrevention = 3;
    stream.insert(stream.end(), {0, 0, 1, header});
    unsigned zeros = 0;
    for (const uint8_t byte : rbsp) {
        if (zeros == 2 && byte <= kEmulationPrevention) {
            stream.push_back(kEmulationPrevention);
            zeros = 0;
        }
        stream.push_back(byte);
        zeros = byte == 0 ? zeros + 1 : 0;
    }
    // 7.4.1: the last byte of a NAL unit is never zero (cabac_zero_words end in one).
    if (zeros > 0) {
        stream.push_back(kEmulationPrevention);
    }
}

} // namespace daedalus::bitstream
