// SPDX-License-Identifier: BSD-2-Clause
#include "tests/engine/frame_list.h"

#include <gtest/gtest.h>

#include "tests/support/software_decoder.h"
#include "tools/common/md5.h"
#include "tools/common/picture.h"

namespace daedalus::test {

std::string describe(uint32_t width, uint32_t height, std::span<const uint8_t> samples)
{
    return std::to_string(width) + "x" + std::to_string(height) + " " + tools::md5Of(samples);
}

std::vector<std::string> decodeAlone(const Stream &stream)
{
    std::vector<std::string> frames;
    decodeSoftware(stream, [&frames](const AVFrame &frame) {
        EXPECT_TRUE(frame.format == AV_PIX_FMT_GRAY8 || frame.format == AV_PIX_FMT_GRAY10 ||
                    frame.format == AV_PIX_FMT_YUV420P10 || frame.format == AV_PIX_FMT_YUV420P ||
                    frame.format == AV_PIX_FMT_YUVJ420P);
        const tools::Picture picture = tools::packFrame(frame);
        frames.push_back(describe(picture.width, picture.height, picture.samples));
    });
    return frames;
}

} // namespace daedalus::test
