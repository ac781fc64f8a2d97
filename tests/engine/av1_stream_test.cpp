// SPDX-License-Identifier: BSD-2-Clause
// Whole AV1 streams: is every frame the one that libdav1d alone decodes?
#include <algorithm>

#include <gtest/gtest.h>

#include "daedalus/v4l2_av1.h"
#include "tests/engine/exactness.h"

namespace daedalus::test {
namespace {

/// What a VA-API client tells: neither which references a frame replaces nor, in a key
/// frame, which there are.
void tellLess(v4l2decode::StatelessPicture &picture)
{
    auto frame = *picture.controls.get<v4l2_ctrl_av1_frame>(V4L2_CID_STATELESS_AV1_FRAME);
    const bool isKeyFrame = frame.frame_type == V4L2_AV1_KEY_FRAME;
    const bool isShown = (frame.flags & V4L2_AV1_FRAME_FLAG_SHOW_FRAME) != 0;
    frame.refresh_frame_flags = isKeyFrame && isShown ? 0xff : 0;
    if (isKeyFrame) {
        std::fill(std::begin(frame.reference_frame_ts), std::end(frame.reference_frame_ts), 0);
    }
    picture.controls.set(V4L2_CID_STATELESS_AV1_FRAME, frame);
}

/// As expectExact(), and with less told, too.
void expectExactAv1(const Stream &stream)
{
    expectExact(stream);
    SCOPED_TRACE(stream.name);
    const auto expected = decodeAlone(stream);
    for (const unsigned threads : {1U, 3U}) {
        SCOPED_TRACE(testing::Message() << threads << " threads, less is told");
        compare(stream, expected,
                {.surfaces = Surfaces::I420, .threads = threads, .edit = tellLess});
    }
    {
        SCOPED_TRACE("less is told, but ahead");
        compare(stream, expected,
                {.surfaces = Surfaces::I420, .worksAhead = true, .edit = tellLess});
    }
}

TEST(Av1StreamTest, vectors)
{
    forEachVector("av1", [](const auto &file) { expectExactAv1(readStream(file)); });
}

class Av1GeneratedTest : public testing::TestWithParam<GeneratedStream> {};

TEST_P(Av1GeneratedTest, isExact)
{
    expectExactAv1(encodeStream(GetParam().options));
}

// Frames of whole multiples of 128 leave a decoder nothing but the tail padding to
// read behind the end.
const GeneratedStream kGenerated[] = {
    {"altRef", "libaom-av1", "cpu-used=6:lag-in-frames=19:crf=40"},
    {"altRef10",
     "libaom-av1",
     "cpu-used=6:lag-in-frames=19:crf=40",
     {.bitDepth = 10, .frames = 24}},
    {"bestTools",
     "libaom-av1",
     "cpu-used=2:lag-in-frames=12:crf=30",
     {.width = 256, .height = 128, .frames = 12}},
    {"tiles",
     "libaom-av1",
     "cpu-used=8:tile-columns=2:tile-rows=1:crf=40",
     {.width = 512, .height = 256, .frames = 12}},
    {"superblocks128",
     "libaom-av1",
     "cpu-used=6:aom-params='sb-size=128'",
     {.width = 256, .height = 256, .frames = 12}},
    {"grain",
     "libaom-av1",
     "cpu-used=8:lag-in-frames=19:aom-params='film-grain-test=3'",
     {.width = 162, .height = 90}},
    {"grain10",
     "libaom-av1",
     "cpu-used=8:lag-in-frames=19:aom-params='film-grain-test=7'",
     {.bitDepth = 10, .width = 131, .height = 67, .frames = 20}},
    {"superres",
     "libsvtav1",
     "preset=8:svtav1-params='superres-mode=1:superres-denom=13:superres-kf-denom=11'",
     {.width = 250, .height = 130, .frames = 20}},
    {"superres10",
     "libsvtav1",
     "preset=8:svtav1-params='superres-mode=2'",
     {.bitDepth = 10, .frames = 20}},
    {"resilient",
     "libaom-av1",
     "cpu-used=8:error-resilience=default",
     {.width = 131, .height = 67}},
    {"forwardKeyFrames",
     "libsvtav1",
     "preset=8:svtav1-params='irefresh-type=1:keyint=16'",
     {.frames = 60}},
    {"switchFrames", "libsvtav1",
     "preset=8:svtav1-params='pred-struct=1:sframe-dist=5:sframe-mode=1'"},
    {"screenContent", "libaom-av1", "cpu-used=4:aom-params='tune-content=screen'"},
    {"lossless", "libaom-av1", "cpu-used=8:crf=0", {.frames = 10}},
    {"noOrderHints", "libaom-av1", "cpu-used=8:aom-params='enable-order-hint=0'"},
    {"quantizerMatrices", "libaom-av1", "cpu-used=8:aom-params='enable-qm=1'"},
    {"segments", "libaom-av1", "cpu-used=8:aq-mode=1:b=100000"},
    {"cyclicRefresh", "libaom-av1", "usage=realtime:cpu-used=8:aq-mode=3:b=100000"},
    {"deltaQ", "libaom-av1", "cpu-used=6:aom-params='deltaq-mode=1'"},
    {"stillPicture", "libaom-av1", "cpu-used=8:still-picture=1", {.frames = 1}},
    {"tiny", "libaom-av1", "cpu-used=8", {.width = 16, .height = 18}},
    {"gray", "libaom-av1", "cpu-used=8", {.gray = true, .frames = 12}},
    {"gray10", "libaom-av1", "cpu-used=8", {.bitDepth = 10, .gray = true, .frames = 12}},
    {"svt", "libsvtav1", "preset=8:crf=40"},
    {"svtGrain10",
     "libsvtav1",
     "preset=8:svtav1-params='film-grain=20'",
     {.bitDepth = 10, .frames = 20}},
    {"svtTiles",
     "libsvtav1",
     "preset=10:svtav1-params='tile-columns=1:tile-rows=1'",
     {.width = 320, .height = 192}},
};

INSTANTIATE_TEST_SUITE_P(Generated, Av1GeneratedTest, testing::ValuesIn(kGenerated), kNameOfTest);

} // namespace
} // namespace daedalus::test
