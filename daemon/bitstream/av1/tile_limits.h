// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <algorithm>
#include <cstdint>

namespace daedalus::bitstream {

/// tile_log2() (AV1 specification 5.9.16): the smallest k with @p size << k >= @p target.
constexpr unsigned av1TileLog2(uint32_t size, uint32_t target)
{
    unsigned k = 0;
    while ((uint64_t{size} << k) < target) {
        ++k;
    }
    return k;
}

/// How a frame may be cut into tiles (5.9.15); sizes in superblocks.
struct Av1TileLimits {
    static constexpr uint32_t kMostColumns = 64;
    static constexpr uint32_t kMostRows = 64;

    uint32_t sbCols = 0;
    uint32_t sbRows = 0;
    uint32_t mostTileWidth = 0;
    unsigned leastColsLog2 = 0;
    unsigned mostColsLog2 = 0;
    unsigned mostRowsLog2 = 0;
    unsigned leastTilesLog2 = 0;

    /// @param width FrameWidth
    Av1TileLimits(uint32_t width, uint32_t height, bool use128)
    {
        constexpr uint32_t kMostWidth = 4096;
        constexpr uint32_t kMostArea = 4096 * 2304;
        const unsigned sbLog2 = use128 ? 7 : 6;
        // In whole blocks of 8x8 samples, which superblocks are multiples of.
        sbCols = (width + (1U << sbLog2) - 1) >> sbLog2;
        sbRows = (height + (1U << sbLog2) - 1) >> sbLog2;
        mostTileWidth = kMostWidth >> sbLog2;
        leastColsLog2 = av1TileLog2(mostTileWidth, sbCols);
        mostColsLog2 = av1TileLog2(1, std::min(sbCols, kMostColumns));
        mostRowsLog2 = av1TileLog2(1, std::min(sbRows, kMostRows));
        leastTilesLog2 =
            std::max(leastColsLog2, av1TileLog2(kMostArea >> (2 * sbLog2), sbCols * sbRows));
    }

    /// Of uniform tiles: how small log2 of their rows may be.
    [[nodiscard]] unsigned leastRowsLog2(unsigned colsLog2) const
    {
        return leastTilesLog2 > colsLog2 ? leastTilesLog2 - colsLog2 : 0;
    }

    /// Of tiles with sizes of their own: how high they may be.
    [[nodiscard]] uint32_t mostTileHeight(uint32_t widestTile) const
    {
        const uint32_t area =
            leastTilesLog2 > 0 ? sbCols * sbRows >> (leastTilesLog2 + 1) : sbCols * sbRows;
        return std::max(area / std::max(widestTile, 1U), 1U);
    }
};

} // namespace daedalus::bitstream
