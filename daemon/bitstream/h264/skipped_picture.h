// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "bitstream/h264/parameter_writer.h"

namespace daedalus::bitstream {

/// A frame that was lost, to be made up by repeating the reference before it.
struct H264SkippedPicture {
    uint8_t ppsId = 0; ///< its own PPS, of an id that the stream's slices do not use
    uint32_t frameNum = 0;
    int32_t picOrderCnt = 0;
};

/// Appends the PPS of skipped pictures.
/// @param parameters those of the sequence, of frames only
void appendSkippedPicturePps(std::vector<uint8_t> &stream, const H264Parameters &parameters,
                             uint8_t id);

/// Appends a reference frame of one P slice in which every macroblock is skipped: a
/// copy of the first entry of its reference list, the frame before it (8.4.1.1).
void appendSkippedPicture(std::vector<uint8_t> &stream, const H264Parameters &parameters,
                          const H264SkippedPicture &picture);

} // namespace daedalus::bitstream
