// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace daedalus::bitstream {

/// The boolean decoder of VP8 (RFC 6386 7.3) and VP9 (9.2), as far as headers need it. Behind
/// the end there are zeros.
class BoolDecoder {
public:
    explicit BoolDecoder(std::span<const uint8_t> bytes);

    bool decode(unsigned probability);
    bool flag() { return decode(128); }
    /// An unsigned number of @p bits bits.
    unsigned literal(unsigned bits);
    /// A magnitude of @p bits bits and its sign.
    int signedLiteral(unsigned bits);
    /// A flag, and where that is set a signedLiteral(); else 0.
    int optionalSigned(unsigned bits) { return flag() ? signedLiteral(bits) : 0; }

    /// Bits that have left the decoder's window, from the first one on.
    [[nodiscard]] size_t position() const { return position_; }
    [[nodiscard]] uint8_t range() const { return static_cast<uint8_t>(range_); }
    /// The window: eight bits, what was decoded is subtracted.
    [[nodiscard]] uint8_t value() const { return static_cast<uint8_t>(value_); }
    /// How many bits of the last byte of the window are still outside of it.
    [[nodiscard]] uint8_t bitCount() const { return static_cast<uint8_t>((8 - position_ % 8) % 8); }

private:
    [[nodiscard]] unsigned bitAt(size_t position) const;

    std::span<const uint8_t> bytes_;
    size_t position_ = 0;
    unsigned value_ = 0;
    unsigned range_ = 255;
};

} // namespace daedalus::bitstream
