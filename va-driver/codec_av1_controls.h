// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <va/va.h>

#include <optional>

#include "daedalus/v4l2_av1.h"

namespace daedalus::va {

/// The sequence header, as far as VA knows it. The same for all frames of a
/// sequence: what VA leaves out and only matters for the syntax of frame headers is
/// switched on, and the largest frame size is the largest there is.
v4l2_ctrl_av1_sequence av1Sequence(const VADecPictureParameterBufferAV1 &picture);

/// The part of the frame header that VA gives as it is: all but tile_info, what
/// has to do with references and their order, and refresh_frame_flags.
v4l2_ctrl_av1_frame av1Frame(const VADecPictureParameterBufferAV1 &picture);

/// Where the tiles of a frame lie (AV1 specification, clause 5.9.15).
///
/// @param codedWidth FrameWidth: before super resolution, luma samples
/// @returns nothing if tiles of the sizes given do not make up the frame, or are
/// more than V4L2 can describe
std::optional<v4l2_av1_tile_info> av1TileInfo(const VADecPictureParameterBufferAV1 &picture,
                                              uint32_t codedWidth);

/// Film grain; all zero where none is applied.
v4l2_ctrl_av1_film_grain av1FilmGrain(const VADecPictureParameterBufferAV1 &picture);

/// Whether the picture that is shown differs from the one that is referred to.
bool av1AppliesGrain(const VADecPictureParameterBufferAV1 &picture);

} // namespace daedalus::va
