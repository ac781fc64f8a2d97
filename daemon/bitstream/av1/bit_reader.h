// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "bitstream/bit_reader.h"

namespace daedalus::bitstream {

/// The descriptors of the AV1 specification (4.10) and what its headers build of them.
class Av1BitReader : public BitReader {
public:
    using BitReader::BitReader;

    /// su(n) (4.10.6): a two's complement number of @p count bits, at most 32.
    int32_t su(unsigned count);
    /// ns(n) (4.10.7): a number below @p values, which is not 0.
    uint32_t ns(uint32_t values);
    /// le(n) (4.10.4): @p bytes bytes (at most 4), least significant first.
    uint32_t le(unsigned bytes);
    /// leb128() (4.10.5); more than 32 bits set failed().
    uint32_t leb128();
    /// uvlc() (4.10.3).
    uint32_t uvlc();
    /// decode_signed_subexp_with_ref() (5.9.26): a number in @p low ... @p high - 1.
    int32_t signedSubexp(int32_t low, int32_t high, int32_t reference);
    /// byte_alignment() (5.3.5).
    void alignToByte() { skip((8 - position() % 8) % 8); }

private:
    uint32_t subexp(uint32_t symbols);
};

} // namespace daedalus::bitstream
