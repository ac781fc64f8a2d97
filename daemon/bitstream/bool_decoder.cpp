// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/bool_decoder.h"

namespace daedalus::bitstream {

namespace {

constexpr unsigned kWindow = 8;

} // namespace

BoolDecoder::BoolDecoder(std::span<const uint8_t> bytes) : bytes_(bytes)
{
    for (size_t bit = 0; bit < kWindow; ++bit) {
        value_ = value_ << 1 | bitAt(bit);
    }
}

unsigned BoolDecoder::bitAt(size_t position) const
{
    const size_t byte = position / 8;
    return byte < bytes_.size() ? bytes_[byte] >> (7 - position % 8) & 1U : 0U;
}

bool BoolDecoder::decode(unsigned probability)
{
    const unsigned split = 1 + (((range_ - 1) * probability) >> 8);
    const bool bit = value_ >= split;
    if (bit) {
        range_ -= split;
        value_ -= split;
    } else {
        range_ = split;
    }
    while (range_ < 128) {
        value_ = value_ << 1 | bitAt(position_ + kWindow);
        range_ <<= 1;
        ++position_;
    }
    return bit;
}

unsigned BoolDecoder::literal(unsigned bits)
{
    unsigned value = 0;
    for (unsigned i = 0; i < bits; ++i) {
        value = value * 2 + (flag() ? 1U : 0U);
    }
    return value;
}

int BoolDecoder::signedLiteral(unsigned bits)
{
    const auto magnitude = static_cast<int>(literal(bits));
    return flag() ? -magnitude : magnitude;
}

} // namespace daedalus::bitstream
