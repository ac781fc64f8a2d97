// SPDX-License-Identifier: BSD-2-Clause
#include "tests/v4l2-decode/reference_decoder.h"

#include "tests/support/software_decoder.h"

namespace daedalus::test {

std::vector<ReferenceFrame> decodeReference(const Stream &stream)
{
    std::vector<ReferenceFrame> frames;
    decodeSoftware(stream, [&frames](const AVFrame &frame) {
        frames.push_back({.codedNumber = frame.coded_picture_number,
                          .width = frame.width,
                          .height = frame.height,
                          .intra = frame.pict_type == AV_PICTURE_TYPE_I,
                          .bidirectional = frame.pict_type == AV_PICTURE_TYPE_B});
    });
    return frames;
}

} // namespace daedalus::test
