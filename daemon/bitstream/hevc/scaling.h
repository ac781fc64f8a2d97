// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <linux/v4l2-controls.h>

#include "bitstream/bit_reader.h"

namespace daedalus::bitstream {

/// The default scaling lists (Tables 7-5 and 7-6), in raster order.
v4l2_ctrl_hevc_scaling_matrix hevcDefaultScalingMatrix();

/// Reads scaling_list_data() (7.3.4) of a 4:2:0 stream. @returns false: damaged
bool readHevcScalingLists(BitReader &reader, v4l2_ctrl_hevc_scaling_matrix &matrix);

} // namespace daedalus::bitstream
