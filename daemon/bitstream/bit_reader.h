// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace daedalus::bitstream {

/// Reads bits, most significant first. Reading past the end gives zeros and sets
/// failed(), so that a parser needs to check once only.
class BitReader {
public:
    explicit BitReader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

    /// Next @p count bits (at most 32) as an unsigned number.
    uint32_t bits(unsigned count);
    bool flag() { return bits(1) != 0; }
    void skip(unsigned count);
    /// Exp-Golomb ue(v) (H.264 9.1); a code of more than 32 bits sets failed().
    uint32_t ue();
    /// Exp-Golomb se(v) (H.264 9.1.1).
    int32_t se();

    /// Bits consumed from the start.
    [[nodiscard]] size_t position() const { return position_; }
    [[nodiscard]] size_t bitsLeft() const { return bytes_.size() * 8 - position_; }
    /// More data before the rbsp trailing bits (H.264 more_rbsp_data()).
    [[nodiscard]] bool moreRbspData() const;
    /// Something was read that is not there.
    [[nodiscard]] bool failed() const { return failed_; }
    void setFailed() { failed_ = true; }

private:
    std::span<const uint8_t> bytes_;
    size_t position_ = 0;
    bool failed_ = false;
};

/// A NAL unit's payload without its emulation prevention bytes (H.264 7.3.1).
std::vector<uint8_t> unescapeRbsp(std::span<const uint8_t> payload);

} // namespace daedalus::bitstream
