// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/av1/bit_writer.h"

#include <bit>

namespace daedalus::bitstream {
namespace {

/// Inverse of inverse_recenter() (5.9.29).
uint32_t recenter(uint32_t reference, uint32_t value)
{
    if (value > 2 * reference) {
        return value;
    }
    return value >= reference ? 2 * (value - reference) : 2 * (reference - value) - 1;
}

} // namespace

void Av1BitWriter::su(int32_t value, unsigned count)
{
    const int32_t half = 1 << (count - 1);
    if (value < -half || value >= half) {
        valid_ = false;
        return;
    }
    writer_.bits(static_cast<uint32_t>(value), count);
}

void Av1BitWriter::ns(uint32_t value, uint32_t values)
{
    if (value >= values) {
        valid_ = false;
        return;
    }
    const auto width = static_cast<unsigned>(std::bit_width(values));
    const uint32_t shortCodes = (1U << width) - values;
    if (value < shortCodes) {
        writer_.bits(value, width - 1);
    } else {
        writer_.bits((value + shortCodes) >> 1, width - 1);
        writer_.bits((value + shortCodes) & 1, 1);
    }
}

void Av1BitWriter::subexp(uint32_t value, uint32_t symbols)
{
    constexpr unsigned kFirstBits = 3;
    uint32_t start = 0;
    for (unsigned i = 0;; ++i) {
        const unsigned width = i == 0 ? kFirstBits : kFirstBits + i - 1;
        const uint32_t step = 1U << width;
        if (symbols <= start + 3 * step) {
            ns(value - start, symbols - start);
            return;
        }
        flag(value >= start + step);
        if (value < start + step) {
            number(value - start, width);
            return;
        }
        start += step;
    }
}

void Av1BitWriter::signedSubexp(int32_t value, int32_t low, int32_t high, int32_t reference)
{
    if (value < low || value >= high || reference < low || reference >= high) {
        valid_ = false;
        return;
    }
    const auto symbols = static_cast<uint32_t>(high - low);
    const auto from = static_cast<uint32_t>(reference - low);
    const auto to = static_cast<uint32_t>(value - low);
    subexp(2 * from <= symbols ? recenter(from, to)
                               : recenter(symbols - 1 - from, symbols - 1 - to),
           symbols);
}

void Av1BitWriter::alignToByte()
{
    writer_.bits(0, static_cast<unsigned>((8 - position() % 8) % 8));
}

void appendObuHeader(std::vector<uint8_t> &stream, uint8_t type, size_t size)
{
    constexpr uint8_t kHasSize = 0x02;
    stream.push_back(static_cast<uint8_t>(type << 3 | kHasSize));
    do {
        const auto more = static_cast<uint8_t>(size > 0x7f ? 0x80 : 0);
        stream.push_back(static_cast<uint8_t>(size & 0x7f) | more);
        size >>= 7;
    } while (size > 0);
}

} // namespace daedalus::bitstream
