// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/av1/tile_groups.h"

#include <cerrno>

#include "bitstream/av1/bit_reader.h"

namespace daedalus::bitstream {

Av1TileGroups::Av1TileGroups(const Av1FrameHeader &header)
    : columns_(header.control.tile_info.tile_cols),
      tiles_(uint32_t{header.control.tile_info.tile_cols} * header.control.tile_info.tile_rows),
      tileBits_(header.tileColsLog2 + header.tileRowsLog2),
      sizeBytes_(header.control.tile_info.tile_size_bytes)
{}

Result<void> Av1TileGroups::append(std::span<const uint8_t> payload)
{
    Av1BitReader reader(payload);
    uint32_t first = 0;
    uint32_t last = tiles_ - 1;
    if (tiles_ > 1 && reader.flag()) {
        first = reader.bits(tileBits_);
        last = reader.bits(tileBits_);
    }
    reader.alignToByte();
    if (reader.failed() || first != entries_.size() || last < first || last >= tiles_) {
        return fail(EBADMSG, "AV1: a tile group that does not follow the one before");
    }
    size_t position = reader.position() / 8;
    for (uint32_t tile = first; tile <= last; ++tile) {
        size_t size = payload.size() - position;
        if (tile < last) {
            Av1BitReader sizeReader(payload.subspan(position));
            size = size_t{sizeReader.le(sizeBytes_)} + 1;
            position += sizeBytes_;
            if (sizeReader.failed() || size > payload.size() - position) {
                return fail(EBADMSG, "AV1: a tile is larger than its group");
            }
        }
        if (size == 0) {
            return fail(EBADMSG, "AV1: a tile without a byte");
        }
        entries_.push_back({.tile_offset = static_cast<uint32_t>(bytes_.size() + position),
                            .tile_size = static_cast<uint32_t>(size),
                            .tile_row = tile / columns_,
                            .tile_col = tile % columns_});
        position += size;
    }
    bytes_.insert(bytes_.end(), payload.begin(), payload.end());
    return {};
}

} // namespace daedalus::bitstream
