// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <va/va.h>

#include "daedalus/v4l2_av1.h"

namespace daedalus::va {

/// The sequence header, as far as VA knows it. The same for all frames of a
/// sequence: what VA leaves out and only matters for the syntax of frame headers is
/// switched on, and the largest frame size is the largest there is.
v4l2_ctrl_av1_sequence av1Sequence(const VADecPictureParameterBufferAV1 &picture);

/// The part of the frame header that VA gives as it is: all but tile_info, what
/// has to do with references and their order, and refresh_frame_flags.
v4l2_ctrl_av1_frame av1Frame(const VADecPictureParameterBufferAV1 &picture);

/// Film grain; all zero where none is applied.
v4l2_ctrl_av1_film_grain av1FilmGrain(const VADecPictureParameterBufferAV1 &picture);

/// Whether the picture that is shown differs from the one that is referred to.
bool av1AppliesGrain(const VADecPictureParameterBufferAV1 &picture);

/// FrameWidth: the width that is coded, which super resolution then scales up to
/// frame_width_minus1 + 1.
uint32_t av1CodedWidth(const VADecPictureParameterBufferAV1 &picture);

} // namespace daedalus::va
