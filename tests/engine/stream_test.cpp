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

struct Generated {
    const char *name;
    EncoderOptions options;
};

class GeneratedStreamTest : public testing::TestWithParam<Generated> {};

TEST_P(GeneratedStreamTest, isExact)
{
    expectExact(encodeStream(GetParam().options));
}

// Frames of whole multiples of 128 leave a decoder nothing but the tail padding to
// read behind the end.
const Generated kGenerated[] = {
    {"pyramid", {.encoder = "libx264", .options = "bf=7:b-pyramid=normal"}},
    {"slices", {.encoder = "libx264", .options = "slices=4", .width = 256, .height = 256}},
    {"cavlc", {.encoder = "libx264", .options = "coder=vlc:profile=baseline"}},
    {"interlaced", {.encoder = "libx264", .interlaced = true, .width = 256, .height = 128}},
    {"scaling", {.encoder = "libx264", .options = "x264-params=cqm=jvt"}},
    {"scalingCavlc", {.encoder = "libx264", .options = "coder=vlc:x264-params=cqm=jvt"}},
    {"weighted", {.encoder = "libx264", .options = "weightp=smart:weightb=1:refs=8"}},
    {"constrainedIntra", {.encoder = "libx264", .options = "x264-params=constrained-intra=1"}},
    {"chromaOffset", {.encoder = "libx264", .options = "chromaoffset=-7"}},
    {"lossyAndTiny", {.encoder = "libx264", .options = "crf=45", .width = 18, .height = 34}},
    {"mpeg2", {.encoder = "mpeg2video", .options = "bf=2:g=12:b=800000"}},
    {"mpeg2Interlaced",
     {.encoder = "mpeg2video",
      .options =
          "bf=2:alternate_scan=1:intra_vlc=1:non_linear_quant=1:qmin=1:qmax=28:dc=10:b=4000000",
      .interlaced = true,
      .width = 208,
      .height = 176}},
    {"mpeg2Matrices",
     {.encoder = "mpeg2video", .options = "bf=1", .matrices = true, .width = 144, .height = 80}},
    {"mpeg2Odd", {.encoder = "mpeg2video", .options = "bf=1:g=5", .width = 131, .height = 67}},
    {"high10Pyramid",
     {.encoder = "libx264", .options = "bf=7:b-pyramid=normal:refs=5", .bitDepth = 10}},
    {"high10Slices",
     {.encoder = "libx264",
      .options = "slices=4:coder=vlc",
      .bitDepth = 10,
      .width = 256,
      .height = 256}},
    {"high10Interlaced",
     {.encoder = "libx264",
      .options = "bf=2:x264-params=cqm=jvt",
      .bitDepth = 10,
      .interlaced = true,
      .width = 178,
      .height = 100}},
    {"high10Weighted",
     {.encoder = "libx264", .options = "weightp=smart:weightb=1:refs=8", .bitDepth = 10}},
    {"high10LowQp", {.encoder = "libx264", .options = "qp=1", .bitDepth = 10, .frames = 8}},
    {"high10Lossless", {.encoder = "libx264", .options = "qp=0", .bitDepth = 10, .frames = 8}},
    {"vp8", {.encoder = "libvpx", .options = "b=200000:g=20", .frames = 60}},
    {"vp8Partitions",
     {.encoder = "libvpx", .options = "slices=8:b=1000000", .width = 256, .height = 256}},
    {"vp8Resilient",
     {.encoder = "libvpx",
      .options = "error-resilient=default+partitions",
      .width = 131,
      .height = 67}},
    {"vp8Tiny", {.encoder = "libvpx", .options = "", .width = 2, .height = 2}},
    {"vp9AltRef", {.encoder = "libvpx-vp9", .options = "auto-alt-ref=1:lag-in-frames=12:b=200000"}},
    {"vp9Tiles",
     {.encoder = "libvpx-vp9",
      .options = "tile-columns=2:speed=8:deadline=realtime",
      .width = 1024,
      .height = 128,
      .frames = 12}},
    {"vp9Resilient",
     {.encoder = "libvpx-vp9", .options = "error-resilient=1", .width = 131, .height = 67}},
    {"vp9Profile2",
     {.encoder = "libvpx-vp9",
      .options = "profile=2:auto-alt-ref=1:lag-in-frames=12:b=200000",
      .bitDepth = 10}},
    {"vp9Profile2Tiles",
     {.encoder = "libvpx-vp9",
      .options = "profile=2:tile-columns=2:speed=8:deadline=realtime",
      .bitDepth = 10,
      .width = 1024,
      .height = 128,
      .frames = 12}},
    {"vp9Profile2Odd",
     {.encoder = "libvpx-vp9",
      .options = "profile=2:speed=6",
      .bitDepth = 10,
      .width = 131,
      .height = 67}},
};

INSTANTIATE_TEST_SUITE_P(Generated, GeneratedStreamTest, testing::ValuesIn(kGenerated),
                         [](const auto &info) { return std::string(info.param.name); });

} // namespace
} // namespace daedalus::test
