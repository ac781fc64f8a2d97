// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tools/v4l2-decode/parser/elementary_stream.h"

namespace daedalus::v4l2decode {

/// What buffers a part of the stream needs, from one place where they can be
/// exchanged to the next.
struct SequencePlan {
    SequenceStart start;
    uint32_t codedWidth = 0;  ///< of the largest picture
    uint32_t codedHeight = 0; ///< of the highest picture
    unsigned pictures = 0;
    size_t bitstreamSize = 0; ///< bytes of the largest request
};

/// Reads through the stream and resets it. VP9 may change the picture size while
/// older pictures stay references: the buffers of such a part hold the largest.
/// @returns one plan for each independent SequenceStart, in order
std::vector<SequencePlan> planStream(ElementaryStream &stream);

} // namespace daedalus::v4l2decode
