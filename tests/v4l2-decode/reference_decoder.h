// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <vector>

#include "tests/support/vectors.h"

namespace daedalus::test {

/// What libavcodec says of a decoded frame.
struct ReferenceFrame {
    int codedNumber = 0; ///< place in decode order; numbers may be left out
    int width = 0;
    int height = 0;
    bool intra = false;         ///< I picture
    bool bidirectional = false; ///< B picture
};

/// Decodes a stream with libavcodec in one thread; frames in output order.
std::vector<ReferenceFrame> decodeReference(const Stream &stream);

} // namespace daedalus::test
