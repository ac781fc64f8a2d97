// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace daedalus::bitstream {

/// Bytes of the start code prefix 00 00 01 in front of each NAL unit.
inline constexpr size_t kStartCodeSize = 3;

/// Where a NAL unit lies in a byte stream.
struct NalUnitRange {
    size_t offset = 0; ///< of its first byte, behind the start code
    size_t size = 0;   ///< trailing zero bytes not counted, at least 1
};

/// The first NAL unit whose start code begins at @p from or later (Annex B.1.1);
/// nothing where there is none.
std::optional<NalUnitRange> nextNalUnit(std::span<const uint8_t> stream, size_t from);

} // namespace daedalus::bitstream
