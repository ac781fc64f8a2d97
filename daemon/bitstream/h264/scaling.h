// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>

#include <linux/v4l2-controls.h>

#include "bitstream/bit_reader.h"

namespace daedalus::bitstream {

/// The scaling lists that a parameter set carries (H.264 7.3.2.1.1.1), in the order
/// of table 7-2 and in zig-zag order, as they are transmitted.
struct H264ScalingLists {
    enum class Source : uint8_t {
        FallBack,    ///< not there: table 7-2's fall-back rule
        Default,     ///< useDefaultScalingMatrixFlag
        Transmitted, ///< in the list below
    };
    bool present = false; ///< the parameter set's scaling_matrix_present_flag
    std::array<Source, 12> source{};
    std::array<std::array<uint8_t, 16>, 6> lists4x4{};
    std::array<std::array<uint8_t, 64>, 6> lists8x8{};
};

/// Reads the lists 0 to @p count - 1 (count: 6 to 12).
H264ScalingLists readH264ScalingLists(BitReader &reader, unsigned count);

/// The matrices in force for a picture (fall-back rule sets A and B of table 7-2),
/// in V4L2's order: lists as in table 7-2, each in raster order. Flat where neither
/// parameter set has any.
v4l2_ctrl_h264_scaling_matrix h264ScalingMatrix(const H264ScalingLists &sps,
                                                const H264ScalingLists &pps);

} // namespace daedalus::bitstream
