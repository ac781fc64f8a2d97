// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/bit_reader.h"

#include <algorithm>

namespace daedalus::bitstream {

uint32_t BitReader::bits(unsigned count)
{
    if (count > bitsLeft()) {
        failed_ = true;
        position_ = bytes_.size() * 8;
        return 0;
    }
    uint32_t value = 0;
    while (count > 0) {
        const unsigned inByte = 8 - position_ % 8;
        const unsigned take = std::min(count, inByte);
        const uint32_t byte = bytes_[position_ / 8];
        value = (value << take) | ((byte >> (inByte - take)) & ((1U << take) - 1));
        position_ += take;
        count -= take;
    }
    return value;
}

void BitReader::skip(unsigned count)
{
    if (count > bitsLeft()) {
        failed_ = true;
        position_ = bytes_.size() * 8;
        return;
    }
    position_ += count;
}

uint32_t BitReader::ue()
{
    unsigned zeros = 0;
    while (!failed_ && !flag()) {
        ++zeros;
    }
    if (zeros > 31) {
        failed_ = true;
    }
    if (failed_) {
        return 0;
    }
    return (1U << zeros) - 1 + (zeros > 0 ? bits(zeros) : 0);
}

int32_t BitReader::se()
{
    const int64_t code = ue();
    return static_cast<int32_t>(code % 2 != 0 ? (code + 1) / 2 : -(code / 2));
}

bool BitReader::moreRbspData() const
{
    size_t last = bytes_.size();
    while (last > 0 && bytes_[last - 1] == 0) {
        --last;
    }
    if (last == 0) {
        return false;
    }
    unsigned trailing = 0;
    while ((bytes_[last - 1] >> trailing & 1) == 0) {
        ++trailing;
    }
    return position_ < last * 8 - 1 - trailing;
}

std::vector<uint8_t> unescapeRbsp(std::span<const uint8_t> payload)
{
    std::vector<uint8_t> rbsp;
    rbsp.reserve(payload.size());
    unsigned zeros = 0;
    for (const uint8_t byte : payload) {
        if (zeros >= 2 && byte == 3) {
            zeros = 0;
            continue;
        }
        zeros = byte == 0 ? zeros + 1 : 0;
        rbsp.push_back(byte);
    }
    return rbsp;
}

} // namespace daedalus::bitstream
