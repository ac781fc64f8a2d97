// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace daedalus::bitstream {

class BitReader;

/// Writes bits, most significant first: a raw byte sequence payload (H.264 7.2).
class RbspWriter {
public:
    /// Appends the lowest @p count bits (at most 32) of @p value.
    void bits(uint32_t value, unsigned count);
    void flag(bool value) { bits(value ? 1 : 0, 1); }
    /// Exp-Golomb ue(v) (9.1); @p value below 2^32 - 1.
    void ue(uint32_t value);
    /// Exp-Golomb se(v) (9.1.1); any value but INT32_MIN.
    void se(int32_t value);
    /// rbsp_trailing_bits() (7.3.2.11): a one, then zeros to the next whole byte.
    void trailingBits();

    /// Bits written so far.
    [[nodiscard]] size_t position() const { return bytes_.size() * 8 - free_; }
    /// What was written, the last byte filled up with zeros.
    [[nodiscard]] std::span<const uint8_t> bytes() const { return bytes_; }

private:
    std::vector<uint8_t> bytes_;
    unsigned free_ = 0; ///< bits of the last byte that are not written yet
};

/// Writes the next @p count bits of @p reader.
void copyBits(BitReader &reader, RbspWriter &writer, size_t count);

/// Appends start code, NAL unit header and payload, with emulation prevention
/// bytes where they are due (H.264 7.3.1, Annex B.1.1).
/// @param header the byte with nal_ref_idc and nal_unit_type
void appendNalUnit(std::vector<uint8_t> &stream, uint8_t header, std::span<const uint8_t> rbsp);

} // namespace daedalus::bitstream
