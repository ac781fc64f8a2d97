// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/av1/bit_reader.h"

#include <bit>

namespace daedalus::bitstream {
namespace {

/// inverse_recenter() (5.9.29).
uint32_t inverseRecenter(uint32_t reference, uint32_t value)
{
    if (value > 2 * reference) {
        return value;
    }
    return value % 2 != 0 ? reference - (value + 1) / 2 : reference + value / 2;
}

} // namespace

int32_t Av1BitReader::su(unsigned count)
{
    const auto value = static_cast<int64_t>(bits(count));
    const int64_t sign = int64_t{1} << (count - 1);
    return static_cast<int32_t>((value & sign) != 0 ? value - 2 * sign : value);
}

uint32_t Av1BitReader::ns(uint32_t values)
{
    const auto width = static_cast<unsigned>(std::bit_width(values));
    const uint32_t shortCodes = (1U << width) - values;
    const uint32_t value = bits(width - 1);
    return value < shortCodes ? value : (value << 1) - shortCodes + bits(1);
}

uint32_t Av1BitReader::le(unsigned bytes)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < bytes; ++i) {
        value |= bits(8) << (8 * i);
    }
    return value;
}

uint32_t Av1BitReader::leb128()
{
    constexpr unsigned kMostBytes = 8;
    uint64_t value = 0;
    for (unsigned i = 0; i < kMostBytes; ++i) {
        const uint32_t byte = bits(8);
        value |= uint64_t{byte & 0x7f} << (7 * i);
        if ((byte & 0x80) == 0) {
            break;
        }
    }
    if (value > UINT32_MAX) {
        setFailed();
        return 0;
    }
    return static_cast<uint32_t>(value);
}

uint32_t Av1BitReader::uvlc()
{
    unsigned zeros = 0;
    while (!failed() && !flag()) {
        ++zeros;
    }
    if (zeros >= 32) {
        return UINT32_MAX;
    }
    return bits(zeros) + (1U << zeros) - 1;
}

uint32_t Av1BitReader::subexp(uint32_t symbols)
{
    constexpr unsigned kFirstBits = 3;
    uint32_t start = 0;
    for (unsigned i = 0;; ++i) {
        const unsigned width = i == 0 ? kFirstBits : kFirstBits + i - 1;
        const uint32_t step = 1U << width;
        if (symbols <= start + 3 * step) {
            return ns(symbols - start) + start;
        }
        if (!flag()) {
            return bits(width) + start;
        }
        start += step;
    }
}

int32_t Av1BitReader::signedSubexp(int32_t low, int32_t high, int32_t reference)
{
    // 5.9.27: the numbers near the reference have the short codes.
    const auto symbols = static_cast<uint32_t>(high - low);
    const auto shifted = static_cast<uint32_t>(reference - low);
    const uint32_t code = subexp(symbols);
    const uint32_t value = 2 * shifted <= symbols
                               ? inverseRecenter(shifted, code)
                               : symbols - 1 - inverseRecenter(symbols - 1 - shifted, code);
    return static_cast<int32_t>(value) + low;
}

} // namespace daedalus::bitstream
