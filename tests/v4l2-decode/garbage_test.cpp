// SPDX-License-Identifier: BSD-2-Clause
// Damaged streams may lose pictures; they must not hang or touch foreign memory
// (run it under the sanitizers), and what comes out must be usable.
#include <random>

#include <gtest/gtest.h>
#include <linux/videodev2.h>

#include "daedalus/v4l2_av1.h"
#include "tests/support/vectors.h"
#include "tools/v4l2-decode/parser/elementary_stream.h"

namespace daedalus::test {
namespace {

/// Parses all there is and checks what every client relies on.
size_t consume(v4l2decode::ElementaryStream &stream)
{
    size_t pictures = 0;
    while (const auto event = stream.next()) {
        if (const auto *picture = std::get_if<v4l2decode::StatelessPicture>(&*event)) {
            ++pictures;
            EXPECT_FALSE(picture->bitstream.empty());
            EXPECT_NE(picture->timestamp, 0U);
            EXPECT_GT(picture->codedWidth, 0U);
            EXPECT_GT(picture->codedHeight, 0U);
        }
    }
    return pictures;
}

size_t consume(std::vector<uint8_t> bytes)
{
    auto stream = v4l2decode::ElementaryStream::fromBytes(std::move(bytes));
    return stream ? consume(*stream) : 0;
}

/// Flips bits, cuts, repeats and removes pieces.
std::vector<uint8_t> damage(std::vector<uint8_t> bytes, std::mt19937 &random)
{
    std::uniform_int_distribution<size_t> anywhere(0, bytes.size() - 1);
    const unsigned flips = std::uniform_int_distribution<unsigned>(1, 200)(random);
    for (unsigned i = 0; i < flips; ++i) {
        bytes[anywhere(random)] ^= static_cast<uint8_t>(1U << (random() % 8));
    }
    const size_t from = anywhere(random);
    const size_t size = std::min<size_t>(random() % 500, bytes.size() - from);
    const auto begin = bytes.begin() + static_cast<ptrdiff_t>(from);
    switch (random() % 3) {
    case 0:
        bytes.erase(begin, begin + static_cast<ptrdiff_t>(size));
        break;
    case 1:
        bytes.resize(std::max<size_t>(from, 64));
        break;
    default: {
        const std::vector<uint8_t> piece(begin, begin + static_cast<ptrdiff_t>(size));
        bytes.insert(bytes.begin() + static_cast<ptrdiff_t>(anywhere(random)), piece.begin(),
                     piece.end());
        break;
    }
    }
    return bytes;
}

constexpr unsigned kRounds = 300;

struct Source {
    const char *name;
    EncoderOptions options;
    bool isIvf; ///< a container whose header is spared, as it is not what is tested
};

class DamagedStream : public testing::TestWithParam<Source> {};

TEST_P(DamagedStream, IsParsed)
{
    constexpr size_t kIvfHeader = 32;
    EncoderOptions options = GetParam().options;
    options.width = 64;
    options.height = 48;
    const auto stream = encodeStream(options);
    const auto good = GetParam().isIvf ? stream.ivf() : stream.bytes();
    EXPECT_GE(consume(good), 40U);
    std::mt19937 random(1);
    size_t pictures = 0;
    for (unsigned round = 0; round < kRounds; ++round) {
        auto bad = damage(good, random);
        if (GetParam().isIvf) {
            std::copy_n(good.begin(), std::min(kIvfHeader, bad.size()), bad.begin());
        }
        pictures += consume(std::move(bad));
    }
    EXPECT_GT(pictures, 0U) << "the damage left nothing to parse";
}

const Source kSources[] = {
    {"H264",
     {.encoder = "libx264", .options = "bf=3:b-pyramid=normal:refs=5:slices=2:g=10"},
     false},
    {"Hevc",
     {.encoder = "libx265",
      .options = "x265-params=log-level=error\\:keyint=10\\:bframes=3\\:ctu=16"},
     false},
    {"Mpeg2", {.encoder = "mpeg2video", .options = "bf=2:g=10", .interlaced = true}, false},
    {"Vp8",
     {.encoder = "libvpx", .options = "auto-alt-ref=1:lag-in-frames=12:slices=4:g=10"},
     true},
    {"Vp9",
     {.encoder = "libvpx-vp9", .options = "auto-alt-ref=1:lag-in-frames=12:cpu-used=8:g=10"},
     true},
    {"Av1", {.encoder = "libaom-av1", .options = "cpu-used=8:lag-in-frames=12:g=10:crf=40"}, true},
    {"Av1Grain",
     {.encoder = "libaom-av1", .options = "cpu-used=8:g=10:aom-params='film-grain-test=3'"},
     true},
};

INSTANTIATE_TEST_SUITE_P(Garbage, DamagedStream, testing::ValuesIn(kSources),
                         [](const auto &info) { return std::string(info.param.name); });

TEST(Garbage, RandomBytes)
{
    std::mt19937 random(3);
    for (unsigned round = 0; round < kRounds; ++round) {
        std::vector<uint8_t> bytes(random() % 3000);
        for (auto &byte : bytes) {
            // Many zeros and ones: start codes and long codes.
            byte = random() % 3 == 0 ? static_cast<uint8_t>(random() % 2)
                                     : static_cast<uint8_t>(random());
        }
        for (const uint32_t codec :
             {V4L2_PIX_FMT_H264_SLICE, V4L2_PIX_FMT_HEVC_SLICE, V4L2_PIX_FMT_MPEG2_SLICE,
              V4L2_PIX_FMT_VP8_FRAME, V4L2_PIX_FMT_VP9_FRAME, V4L2_PIX_FMT_AV1_FRAME}) {
            const auto parser = v4l2decode::makeStreamParser(codec);
            std::vector<v4l2decode::StreamEvent> events;
            parser->push(bytes, events);
            parser->flush(events);
        }
    }
}

TEST(Garbage, EveryTruncation)
{
    const auto h264 = encodeStream({.encoder = "libx264", .width = 32, .height = 32, .frames = 4});
    const auto bytes = h264.bytes();
    for (size_t size = 0; size < bytes.size(); ++size) {
        consume(std::vector<uint8_t>(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size)));
    }
    const auto vp9 =
        encodeStream({.encoder = "libvpx-vp9", .width = 32, .height = 32, .frames = 4}).ivf();
    for (size_t size = 0; size < vp9.size(); ++size) {
        consume(std::vector<uint8_t>(vp9.begin(), vp9.begin() + static_cast<ptrdiff_t>(size)));
    }
}

} // namespace
} // namespace daedalus::test
