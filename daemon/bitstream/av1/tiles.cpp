// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/av1/tiles.h"

namespace daedalus::bitstream {
namespace {

/// Writes sizes and starts; the starts are in units of four samples, and end with the frame's
/// own size.
void store(const Av1TileSizes &sizes, unsigned sbLog2, uint32_t samples, std::span<uint32_t> starts,
           std::span<uint32_t> minus1)
{
    uint32_t start = 0;
    for (size_t i = 0; i < sizes.size(); ++i) {
        starts[i] = start << (sbLog2 - 2);
        minus1[i] = sizes[i] - 1;
        start += sizes[i];
    }
    starts[sizes.size()] = 2 * ((samples + 7) >> 3);
}

} // namespace

Av1TileSizes av1UniformTiles(uint32_t superblocks, unsigned log2)
{
    const uint32_t size = (superblocks + (1U << log2) - 1) >> log2;
    Av1TileSizes sizes((superblocks + size - 1) / size, size);
    sizes.back() = superblocks - static_cast<uint32_t>(sizes.size() - 1) * size;
    return sizes;
}

Av1TileLimits::Av1TileLimits(uint32_t codedWidth, uint32_t frameHeight, bool use128)
    : width(codedWidth), height(frameHeight), sbLog2(use128 ? 7 : 6),
      sbCols((width + (1U << sbLog2) - 1) >> sbLog2),
      sbRows((height + (1U << sbLog2) - 1) >> sbLog2)
{
    constexpr uint32_t kMostWidth = 4096;
    constexpr uint32_t kMostArea = 4096 * 2304;
    mostTileWidth = kMostWidth >> sbLog2;
    leastColsLog2 = av1TileLog2(mostTileWidth, sbCols);
    mostColsLog2 = av1TileLog2(1, std::min(sbCols, kMostColumns));
    mostRowsLog2 = av1TileLog2(1, std::min(sbRows, kMostRows));
    leastTilesLog2 =
        std::max(leastColsLog2, av1TileLog2(kMostArea >> (2 * sbLog2), sbCols * sbRows));
}

void Av1TileLimits::place(const Av1TileSizes &widths, const Av1TileSizes &heights,
                          v4l2_av1_tile_info &info) const
{
    info.tile_cols = static_cast<uint8_t>(widths.size());
    info.tile_rows = static_cast<uint8_t>(heights.size());
    store(widths, sbLog2, width, info.mi_col_starts, info.width_in_sbs_minus_1);
    store(heights, sbLog2, height, info.mi_row_starts, info.height_in_sbs_minus_1);
}

} // namespace daedalus::bitstream
