// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "daedalus/v4l2_av1.h"

namespace daedalus::bitstream {

/// Bits of a frame's width and height in the sequence header that is written, and so in
/// every frame header: whatever the sizes of the frames are, it stays the same.
constexpr unsigned kAv1SizeBits = 16;

/// A sequence header OBU (AV1 specification 5.5).
///
/// Tools that only allow a frame header to say more are always on, so that the sequence
/// header changes, and references are lost, as rarely as can be.
/// @param sequence of Main profile
std::vector<uint8_t> av1SequenceObu(const v4l2_ctrl_av1_sequence &sequence);

} // namespace daedalus::bitstream
