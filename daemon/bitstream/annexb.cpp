// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/annexb.h"

#include <algorithm>

namespace daedalus::bitstream {

size_t findStartCode(std::span<const uint8_t> stream, size_t from)
{
    if (from >= stream.size()) {
        return stream.size();
    }
    const auto found = std::search(stream.begin() + static_cast<ptrdiff_t>(from), stream.end(),
                                   kStartCode.begin(), kStartCode.end());
    return static_cast<size_t>(found - stream.begin());
}

std::optional<NalUnitRange> nextNalUnit(std::span<const uint8_t> stream, size_t from)
{
    size_t start = findStartCode(stream, from);
    while (start < stream.size()) {
        const size_t offset = start + kStartCode.size();
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

std::span<const uint8_t> withoutStartCode(std::span<const uint8_t> nal)
{
    // The header of a slice's NAL unit never begins with two zeros.
    const auto first = std::find_if(nal.begin(), nal.end(), [](uint8_t byte) { return byte != 0; });
    const auto zeros = static_cast<size_t>(first - nal.begin());
    return zeros >= 2 && first != nal.end() && *first == 1 ? nal.subspan(zeros + 1) : nal;
}

void appendWithStartCode(std::vector<uint8_t> &stream, std::span<const uint8_t> nal)
{
    stream.insert(stream.end(), kStartCode.begin(), kStartCode.end());
    stream.insert(stream.end(), nal.begin(), nal.end());
}

} // namespace daedalus::bitstream
