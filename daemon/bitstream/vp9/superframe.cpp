// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/vp9/header_parser.h"

namespace daedalus::bitstream {

std::vector<std::span<const uint8_t>> splitVp9Superframe(std::span<const uint8_t> chunk)
{
    std::vector<std::span<const uint8_t>> frames;
    if (chunk.empty()) {
        return frames;
    }
    const uint8_t marker = chunk.back();
    const size_t count = (marker & 7U) + 1;
    const size_t sizeBytes = (marker >> 3U & 3U) + 1;
    const size_t indexSize = 2 + count * sizeBytes;
    if ((marker & 0xe0) != 0xc0 || chunk.size() < indexSize ||
        chunk[chunk.size() - indexSize] != marker) {
        frames.push_back(chunk);
        return frames;
    }
    auto index = chunk.last(indexSize).subspan(1);
    auto rest = chunk.first(chunk.size() - indexSize);
    for (size_t i = 0; i < count; ++i) {
        size_t size = 0;
        for (size_t byte = 0; byte < sizeBytes; ++byte) {
            size |= size_t{index[byte]} << (8 * byte);
        }
        index = index.subspan(sizeBytes);
        if (size > rest.size()) {
            return {chunk};
        }
        if (size > 0) {
            frames.push_back(rest.first(size));
        }
        rest = rest.subspan(size);
    }
    return frames;
}

} // namespace daedalus::bitstream
