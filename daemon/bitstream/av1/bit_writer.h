// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <concepts>
#include <cstdint>
#include <utility>

#include "bitstream/rbsp_writer.h"

namespace daedalus::bitstream {

/// Writes AV1 syntax elements (AV1 specification 4.10) and refuses what they cannot hold:
/// the values come from a client, so that the range of each is checked right here.
class Av1BitWriter {
public:
    /// f(n): @p value in @p count bits, at most 32.
    template <std::integral T>
    void number(T value, unsigned count)
    {
        if (std::cmp_less(value, 0) || std::cmp_greater_equal(value, uint64_t{1} << count)) {
            valid_ = false;
            return;
        }
        writer_.bits(static_cast<uint32_t>(value), count);
    }
    void flag(bool value) { writer_.flag(value); }
    /// su(n): two's complement of @p count bits.
    void su(int32_t value, unsigned count);
    /// ns(n): a number below @p values.
    void ns(uint32_t value, uint32_t values);
    /// decode_signed_subexp_with_ref()'s inverse (5.9.26).
    /// @param value in @p low ... @p high - 1, as is @p reference
    void signedSubexp(int32_t value, int32_t low, int32_t high, int32_t reference);
    /// byte_alignment() (5.3.5).
    void alignToByte();
    /// trailing_bits() (5.3.4).
    void trailingBits() { writer_.trailingBits(); }
    /// Something cannot be said.
    void refuse() { valid_ = false; }

    [[nodiscard]] bool valid() const { return valid_; }
    [[nodiscard]] size_t position() const { return writer_.position(); }
    [[nodiscard]] std::span<const uint8_t> bytes() const { return writer_.bytes(); }

private:
    void subexp(uint32_t value, uint32_t symbols);

    RbspWriter writer_;
    bool valid_ = true;
};

/// Appends an OBU's header and size, for @p size bytes that are to follow.
/// @param type obu_type
void appendObuHeader(std::vector<uint8_t> &stream, uint8_t type, size_t size);

} // namespace daedalus::bitstream
