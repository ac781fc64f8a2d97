// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace daedalus::bitstream {

/// The start code prefix in front of each NAL unit.
inline constexpr std::array<uint8_t, 3> kStartCode{0, 0, 1};

/// Offset of the first start code prefix at @p from or later, or the stream's size.
size_t findStartCode(std::span<const uint8_t> stream, size_t from);

/// Where a NAL unit lies in a byte stream.
struct NalUnitRange {
    size_t offset = 0; ///< of its first byte, behind the start code
    size_t size = 0;   ///< trailing zero bytes not counted, at least 1
};

/// The first NAL unit whose start code begins at @p from or later (Annex B.1.1);
/// nothing where there is none.
std::optional<NalUnitRange> nextNalUnit(std::span<const uint8_t> stream, size_t from);

/// The NAL unit, where a client left a start code in front of it.
std::span<const uint8_t> withoutStartCode(std::span<const uint8_t> nal);

/// Appends a NAL unit with a start code in front of it.
void appendWithStartCode(std::vector<uint8_t> &stream, std::span<const uint8_t> nal);

} // namespace daedalus::bitstream
