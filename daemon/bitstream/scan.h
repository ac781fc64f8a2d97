// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace daedalus::bitstream {

/// Raster positions of a square of @p side values, diagonal by diagonal from the first value on:
/// the order in which scaling lists are transmitted.
/// @param zigzag every other diagonal runs upwards (H.264 8.5.6, frame scan); else all run
/// from the left to the right (H.265 6.5.3)
template <size_t side>
constexpr std::array<uint8_t, side * side> diagonalScan(bool zigzag)
{
    std::array<uint8_t, side * side> scan{};
    size_t index = 0;
    for (size_t diagonal = 0; diagonal < 2 * side - 1; ++diagonal) {
        for (size_t i = 0; i <= diagonal; ++i) {
            const size_t x = zigzag && diagonal % 2 != 0 ? diagonal - i : i;
            const size_t y = diagonal - x;
            if (x < side && y < side) {
                scan[index++] = static_cast<uint8_t>(y * side + x);
            }
        }
    }
    return scan;
}

inline constexpr auto kZigzag4x4 = diagonalScan<4>(true);
inline constexpr auto kZigzag8x8 = diagonalScan<8>(true);
inline constexpr auto kDiagonal4x4 = diagonalScan<4>(false);
inline constexpr auto kDiagonal8x8 = diagonalScan<8>(false);
static_assert(kZigzag4x4[2] == 4 && kZigzag4x4[3] == 8 && kZigzag4x4[5] == 2);

} // namespace daedalus::bitstream
