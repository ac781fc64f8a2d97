// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>

#include <linux/v4l2-controls.h>

#include "bitstream/bit_reader.h"

namespace daedalus::bitstream {

/// Raster positions of an up-right diagonal scan (H.265 6.5.3), which scaling lists
/// are transmitted in: of 4x4 and of 8x8 coefficients.
const std::array<uint8_t, 16> &hevcDiagonalScan4x4();
const std::array<uint8_t, 64> &hevcDiagonalScan8x8();

/// The default scaling lists (Tables 7-5 and 7-6), in raster order.
v4l2_ctrl_hevc_scaling_matrix hevcDefaultScalingMatrix();

/// Reads scaling_list_data() (7.3.4) of a 4:2:0 stream. @returns false: damaged
bool readHevcScalingLists(BitReader &reader, v4l2_ctrl_hevc_scaling_matrix &matrix);

} // namespace daedalus::bitstream
