// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/codec_av1_tiles.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

namespace daedalus::va {

namespace {

/// Sizes of the tiles in one direction, in superblocks.
using TileSizes = std::vector<uint32_t>;

/// The evenly spaced tiles of a frame, of which only the number is known: their
/// size is the frame's by a power of two.
TileSizes uniformTiles(uint32_t superblocks, uint32_t count)
{
    constexpr unsigned kMaxLog2 = 6;
    for (unsigned log2 = 0; log2 <= kMaxLog2; ++log2) {
        const uint32_t size = (superblocks + (1U << log2) - 1) >> log2;
        if ((superblocks + size - 1) / size == count) {
            TileSizes sizes(count, size);
            sizes.back() = superblocks - (count - 1) * size;
            return sizes;
        }
    }
    return {};
}

/// Tiles of explicit sizes: all but the last are given, which gets what is left.
TileSizes explicitTiles(uint32_t superblocks, uint32_t count, std::span<const uint16_t> minus1)
{
    TileSizes sizes;
    uint32_t left = superblocks;
    for (uint32_t i = 0; i + 1 < count; ++i) {
        sizes.push_back(minus1[i] + 1U);
        if (sizes.back() >= left) {
            return {};
        }
        left -= sizes.back();
    }
    sizes.push_back(left);
    return sizes;
}

/// Writes sizes and starts; the starts are in units of four samples and end with
/// the frame's own size.
void store(const TileSizes &sizes, unsigned shift, uint32_t frameSize, std::span<uint32_t> starts,
           std::span<uint32_t> minus1)
{
    uint32_t start = 0;
    for (size_t i = 0; i < sizes.size(); ++i) {
        starts[i] = start << shift;
        minus1[i] = sizes[i] - 1;
        start += sizes[i];
    }
    starts[sizes.size()] = frameSize;
}

} // namespace

std::optional<v4l2_av1_tile_info> av1TileInfo(const VADecPictureParameterBufferAV1 &picture,
                                              uint32_t codedWidth)
{
    const auto unitsOf = [](uint32_t samples) { return 2 * ((samples + 7) >> 3); };
    const unsigned shift = picture.seq_info_fields.fields.use_128x128_superblock ? 5 : 4;
    const auto superblocksOf = [=](uint32_t units) { return (units + (1U << shift) - 1) >> shift; };
    if (picture.tile_cols == 0 || picture.tile_cols > V4L2_AV1_MAX_TILE_COLS ||
        picture.tile_rows == 0 || picture.tile_rows > V4L2_AV1_MAX_TILE_ROWS ||
        picture.context_update_tile_id >= picture.tile_cols * picture.tile_rows ||
        picture.context_update_tile_id > UINT8_MAX) {
        return std::nullopt;
    }
    const uint32_t columns = unitsOf(codedWidth);
    const uint32_t rows = unitsOf(picture.frame_height_minus1 + 1U);
    const bool uniform = picture.pic_info_fields.bits.uniform_tile_spacing_flag;
    const TileSizes widths = uniform ? uniformTiles(superblocksOf(columns), picture.tile_cols)
                                     : explicitTiles(superblocksOf(columns), picture.tile_cols,
                                                     picture.width_in_sbs_minus_1);
    const TileSizes heights = uniform ? uniformTiles(superblocksOf(rows), picture.tile_rows)
                                      : explicitTiles(superblocksOf(rows), picture.tile_rows,
                                                      picture.height_in_sbs_minus_1);
    if (widths.empty() || heights.empty()) {
        return std::nullopt;
    }

    v4l2_av1_tile_info info{};
    info.flags = uniform ? V4L2_AV1_TILE_INFO_FLAG_UNIFORM_TILE_SPACING : 0;
    info.context_update_tile_id = static_cast<uint8_t>(picture.context_update_tile_id);
    info.tile_cols = picture.tile_cols;
    info.tile_rows = picture.tile_rows;
    info.tile_size_bytes = sizeof(uint32_t); // VA does not tell; it only matters for syntax
    store(widths, shift, columns, info.mi_col_starts, info.width_in_sbs_minus_1);
    store(heights, shift, rows, info.mi_row_starts, info.height_in_sbs_minus_1);
    return info;
}

} // namespace daedalus::va
