// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <va/va.h>

#include <optional>

#include "daedalus/v4l2_av1.h"

namespace daedalus::va {

/// Where the tiles of a frame lie (AV1 specification, clause 5.9.15).
///
/// @param codedWidth FrameWidth: before super resolution, luma samples
/// @returns nothing if tiles of the sizes given do not make up the frame, or are
/// more than V4L2 can describe
std::optional<v4l2_av1_tile_info> av1TileInfo(const VADecPictureParameterBufferAV1 &picture,
                                              uint32_t codedWidth);

} // namespace daedalus::va
