// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <va/va.h>

#include <linux/v4l2-controls.h>

#include <cstdint>
#include <optional>

namespace daedalus::va {

/// VA's picture parameters as those parameter sets that V4L2 wants.
v4l2_ctrl_hevc_sps hevcSps(const VAPictureParameterBufferHEVC &picture);

/// @param id pic_parameter_set_id, which only the slices tell
/// @returns nothing where tiles have sizes that V4L2 cannot say
std::optional<v4l2_ctrl_hevc_pps> hevcPps(const VAPictureParameterBufferHEVC &picture, uint8_t id);

/// @param va nothing where the client sent none: the default lists then
v4l2_ctrl_hevc_scaling_matrix hevcScalingMatrix(const std::optional<VAIQMatrixBufferHEVC> &va);

} // namespace daedalus::va
