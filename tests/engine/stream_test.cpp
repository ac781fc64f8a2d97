// SPDX-License-Identifier: BSD-2-Clause
// Whole streams: is every frame the one that libavcodec alone decodes?
#include <gtest/gtest.h>

#include "tests/engine/exactness.h"

namespace daedalus::test {
namespace {

void expectExactVectors(const std::string &folder)
{
    forEachVector(folder, [](const auto &file) { expectExact(readStream(file)); });
}

TEST(StreamTest, vectorsOfH264)
{
    expectExactVectors("h264");
}

TEST(StreamTest, vectorsOfMpeg2)
{
    forEachVector("mpeg2", [](const auto &file) {
        Stream stream = readStream(file);
        if (stream.name == "mpeg2_field_encoding.mp4") {
            // Cut off in the middle of a field. libavcodec does not conceal errors of
            // fields: the rows that are missing hold what the memory held before.
            stream.packets.pop_back();
        }
        expectExact(stream);
    });
}

TEST(StreamTest, vectorsOfVp8)
{
    expectExactVectors("vp8");
}

TEST(StreamTest, vectorsOfVp9)
{
    expectExactVectors("vp9");
}

/// Frames that are hidden are references like any other.
TEST(StreamTest, hiddenFramesOfVp8)
{
    Stream stream = encodeStream({.encoder = "libvpx", .options = "b=200000"});
    for (size_t i = 1; i < stream.packets.size(); i += 3) {
        stream.packets[i][0] &= static_cast<uint8_t>(~(1U << 4)); // show_frame
    }
    expectExact(stream);
}

class GeneratedStreamTest : public testing::TestWithParam<GeneratedStream> {};

TEST_P(GeneratedStreamTest, isExact)
{
    expectExact(encodeStream(GetParam().options));
}

// Frames of whole multiples of 128 leave a decoder nothing but the tail padding to
// read behind the end.
const GeneratedStream kGenerated[] = {
    {"pyramid", "libx264", "bf=7:b-pyramid=normal"},
    {"slices", "libx264", "slices=4", {.width = 256, .height = 256}},
    {"cavlc", "libx264", "coder=vlc:profile=baseline"},
    {"interlaced", "libx264", "", {.interlaced = true, .width = 256, .height = 128}},
    {"scaling", "libx264", "x264-params=cqm=jvt"},
    {"scalingCavlc", "libx264", "coder=vlc:x264-params=cqm=jvt"},
    {"weighted", "libx264", "weightp=smart:weightb=1:refs=8"},
    {"constrainedIntra", "libx264", "x264-params=constrained-intra=1"},
    {"chromaOffset", "libx264", "chromaoffset=-7"},
    {"lossyAndTiny", "libx264", "crf=45", {.width = 18, .height = 34}},
    {"mpeg2", "mpeg2video", "bf=2:g=12:b=800000"},
    {"mpeg2Interlaced",
     "mpeg2video",
     "bf=2:alternate_scan=1:intra_vlc=1:non_linear_quant=1:qmin=1:qmax=28:dc=10:b=4000000",
     {.interlaced = true, .width = 208, .height = 176}},
    {"mpeg2Matrices", "mpeg2video", "bf=1", {.matrices = true, .width = 144, .height = 80}},
    {"mpeg2Odd", "mpeg2video", "bf=1:g=5", {.width = 131, .height = 67}},
    {"high10Pyramid", "libx264", "bf=7:b-pyramid=normal:refs=5", {.bitDepth = 10}},
    {"high10Slices",
     "libx264",
     "slices=4:coder=vlc",
     {.bitDepth = 10, .width = 256, .height = 256}},
    {"high10Interlaced",
     "libx264",
     "bf=2:x264-params=cqm=jvt",
     {.bitDepth = 10, .interlaced = true, .width = 178, .height = 100}},
    {"high10Weighted", "libx264", "weightp=smart:weightb=1:refs=8", {.bitDepth = 10}},
    {"high10LowQp", "libx264", "qp=1", {.bitDepth = 10, .frames = 8}},
    {"high10Lossless", "libx264", "qp=0", {.bitDepth = 10, .frames = 8}},
    {"vp8", "libvpx", "b=200000:g=20", {.frames = 60}},
    {"vp8Partitions", "libvpx", "slices=8:b=1000000", {.width = 256, .height = 256}},
    {"vp8Resilient", "libvpx", "error-resilient=default+partitions", {.width = 131, .height = 67}},
    {"vp8Tiny", "libvpx", "", {.width = 2, .height = 2}},
    {"vp9AltRef", "libvpx-vp9", "auto-alt-ref=1:lag-in-frames=12:b=200000"},
    {"vp9Tiles",
     "libvpx-vp9",
     "tile-columns=2:speed=8:deadline=realtime",
     {.width = 1024, .height = 128, .frames = 12}},
    {"vp9Resilient", "libvpx-vp9", "error-resilient=1", {.width = 131, .height = 67}},
    {"vp9Profile2",
     "libvpx-vp9",
     "profile=2:auto-alt-ref=1:lag-in-frames=12:b=200000",
     {.bitDepth = 10}},
    {"vp9Profile2Tiles",
     "libvpx-vp9",
     "profile=2:tile-columns=2:speed=8:deadline=realtime",
     {.bitDepth = 10, .width = 1024, .height = 128, .frames = 12}},
    {"vp9Profile2Odd",
     "libvpx-vp9",
     "profile=2:speed=6",
     {.bitDepth = 10, .width = 131, .height = 67}},
};

INSTANTIATE_TEST_SUITE_P(Generated, GeneratedStreamTest, testing::ValuesIn(kGenerated),
                         kNameOfTest);

} // namespace
} // namespace daedalus::test
