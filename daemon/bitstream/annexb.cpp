// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/annexb.h"

#include <algorithm>
#include <array>

namespace daedalus::bitstream {

namespace {

/// Offset of the next start code prefix, or the stream's size.
size_t findStartCode(std::span<const uint8_t> stream, size_t from)
{
    static constexpr std::array<uint8_t, kStartCodeSize> kPrefix{0, 0, 1};
    if (from >= stream.size()) {
        return stream.size();
    }
    const auto found = std::search(stream.begin() + static_cast<ptrdiff_t>(from), stream.end(),
                                   kPrefix.begin(), kPrefix.end());
    return static_cast<size_t>(found - stream.begin());
}

} // namespace

std::optional<NalUnitRange> nextNalUnit(std::span<const uint8_t> stream, size_t from)
{
    size_t start = findStartCode(stream, from);
    while (start < stream.size()) {
        const size_t offset = start + kStartCodeSize;
        const size_t next = findStartCode(stream, offset);
        size_t end = next;
        while (end > offset && stream[end - 1] == 0) {
            --end;
        }
        if (end > offset) {
            return NalUnitRange{offset, end - offset};
        }
        start = next;
    }
    return std::nullopt;
}

} // namespace daedalus::bitstream
