// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <vector>

#include <linux/v4l2-controls.h>

#include "daedalus/control_set.h"
#include "daedalus/result.h"

namespace daedalus::bitstream {

/// The controls of an MPEG-2 request.
struct Mpeg2Parameters {
    v4l2_ctrl_mpeg2_sequence sequence{};
    v4l2_ctrl_mpeg2_picture picture{};
    v4l2_ctrl_mpeg2_quantisation matrices{};

    [[nodiscard]] bool progressiveSequence() const
    {
        return (sequence.flags & V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE) != 0;
    }
    [[nodiscard]] bool progressiveFrame() const
    {
        return (picture.flags & V4L2_MPEG2_PIC_FLAG_PROGRESSIVE) != 0;
    }
    [[nodiscard]] bool fieldPicture() const
    {
        return picture.picture_structure != V4L2_MPEG2_PIC_FRAME;
    }
};

/// Reads and checks the controls. What libavcodec corrects, because a progressive
/// sequence has progressive frames only and these have no fields, is corrected.
/// @returns EINVAL: one is missing or has a value that is out of range; ENOTSUP: not 4:2:0
Result<Mpeg2Parameters> readMpeg2Parameters(const ControlSet &controls);

/// Appends a sequence header and its extension (ISO/IEC 13818-2 6.2.2.1, 6.2.2.3), and the
/// header of a group of pictures (6.2.2.6) that is closed: what follows starts a frame,
/// and whatever it refers to is taken to be there.
void appendMpeg2Sequence(std::vector<uint8_t> &stream, const Mpeg2Parameters &parameters);

/// Appends a picture header (6.2.3), its coding extension (6.2.3.1) and the matrices (6.2.3.2).
void appendMpeg2Picture(std::vector<uint8_t> &stream, const Mpeg2Parameters &parameters);

} // namespace daedalus::bitstream
