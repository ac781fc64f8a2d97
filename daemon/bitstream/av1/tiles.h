// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "daedalus/v4l2_av1.h"

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

/// SUPERRES_NUM: the SuperresDenom that scales by nothing.
inline constexpr uint8_t kAv1SuperresNumerator = 8;

/// FrameWidth (5.9.8): what is coded of a frame that is scaled up to @p upscaled samples.
/// @param denominator SuperresDenom
constexpr uint32_t av1CodedWidth(uint32_t upscaled, uint32_t denominator)
{
    constexpr uint32_t kLeast = 16;
    const uint32_t width = (upscaled * kAv1SuperresNumerator + denominator / 2) / denominator;
    // Not in the specification, but decoders agree on it.
    return std::max(width, std::min(kLeast, upscaled));
}

/// Sizes of the tiles of a frame in one direction, in superblocks.
using Av1TileSizes = std::vector<uint32_t>;

/// Tiles of uniform_tile_spacing_flag: those of a frame that is halved @p log2 times.
Av1TileSizes av1UniformTiles(uint32_t superblocks, unsigned log2);

/// Tiles with sizes of their own: those of all but the last one, which gets what is left.
/// @returns nothing: they do not fill the frame
template <typename Sizes>
Av1TileSizes av1ExplicitTiles(uint32_t superblocks, uint32_t count, const Sizes &minus1)
{
    Av1TileSizes sizes;
    uint32_t left = superblocks;
    for (uint32_t i = 0; i + 1 < count; ++i) {
        if (minus1[i] >= left - 1) {
            return {};
        }
        sizes.push_back(minus1[i] + 1U);
        left -= sizes.back();
    }
    sizes.push_back(left);
    return sizes;
}

/// How a frame may be cut into tiles (5.9.15); sizes in superblocks.
struct Av1TileLimits {
    static constexpr uint32_t kMostColumns = 64;
    static constexpr uint32_t kMostRows = 64;

    uint32_t width = 0;
    uint32_t height = 0;
    unsigned sbLog2 = 0; ///< of the samples of a superblock's side
    uint32_t sbCols = 0;
    uint32_t sbRows = 0;
    uint32_t mostTileWidth = 0;
    unsigned leastColsLog2 = 0;
    unsigned mostColsLog2 = 0;
    unsigned mostRowsLog2 = 0;
    unsigned leastTilesLog2 = 0;

    /// @param codedWidth FrameWidth
    Av1TileLimits(uint32_t codedWidth, uint32_t frameHeight, bool use128);

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

    /// Says in @p info how many tiles there are, and where they lie.
    void place(const Av1TileSizes &widths, const Av1TileSizes &heights,
               v4l2_av1_tile_info &info) const;
};

} // namespace daedalus::bitstream
