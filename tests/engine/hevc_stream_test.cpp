// SPDX-License-Identifier: BSD-2-Clause
// Whole H.265 streams: is every frame the one that libavcodec alone decodes?
#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "bitstream/annexb.h"
#include "bitstream/hevc/slice_header.h"
#include "tests/engine/exactness.h"

namespace daedalus::test {
namespace {

TEST(HevcStreamTest, vectors)
{
    forEachVector("hevc", [](const auto &file) {
        Stream stream = readStream(file);
        if (file.filename() == "two_first_slice.mp4") {
            // What is missing of this picture shows whatever the memory held before.
            constexpr size_t kDamaged = 30;
            stream.packets.resize(kDamaged);
        }
        expectExact(stream);
    });
}

/// A stream of x265.
struct Generated {
    const char *name;
    const char *options; ///< of x265, "key=value:key=value"
    int width = 176;
    int height = 144;
    int frames = 40;
    int bitDepth = 8;
};

Stream encode(const Generated &generated)
{
    std::string options = std::string("log-level=error:") + generated.options;
    // The encoder's own separator has to be kept from being taken for libavcodec's.
    for (size_t i = options.find(':'); i != std::string::npos; i = options.find(':', i + 2)) {
        options.insert(i, 1, '\\');
    }
    return encodeStream({.encoder = "libx265",
                         .options = "x265-params=" + options,
                         .bitDepth = generated.bitDepth,
                         .width = generated.width,
                         .height = generated.height,
                         .frames = generated.frames});
}

class HevcGeneratedTest : public testing::TestWithParam<Generated> {};

TEST_P(HevcGeneratedTest, isExact)
{
    expectExact(encode(GetParam()));
}

constexpr const char *kWavefronts = "wpp=1:pools=2:ctu=16";

const Generated kGenerated[] = {
    {"plain", "keyint=20"},
    {"intra", "keyint=1"},
    {"openGop", "keyint=12:min-keyint=6:open-gop=1:bframes=4:b-adapt=0", 176, 144, 60},
    {"closedGop", "keyint=10:no-open-gop=1:bframes=3"},
    {"wavefronts", kWavefronts, 256, 256},
    {"slices", "slices=4:ctu=32", 256, 256},
    {"slicesWithoutFilters", "slices=3:ctu=16:no-deblock=1:no-sao=1", 256, 256},
    {"scaling", "scaling-list=default"},
    {"weighted", "weightp=1:weightb=1:ref=5:b-pyramid=1"},
    {"tools", "amp=1:rect=1:tskip=1:cu-lossless=1:rd=5:constrained-intra=1:max-merge=5"},
    {"bareTools", "no-sao=1:no-deblock=1:no-signhide=1:no-strong-intra-smoothing=1:"
                  "no-temporal-mvp=1:min-cu-size=16:tu-inter-depth=3"},
    {"deblockOffsets", "deblock=3,-4:cbqpoffs=5:crqpoffs=-6:aq-mode=2:qg-size=16"},
    {"lossless", "lossless=1", 176, 144, 12},
    {"manyReferences", "ref=5:bframes=8:b-adapt=0"},
    {"temporalLayers", "temporal-layers=3:bframes=3:b-adapt=0"},
    {"oddSize", "bframes=4", 94, 66},
    {"tiny", "ctu=16", 50, 34},
    {"repeatedHeaders", "repeat-headers=1:aud=1:hrd=1:vbv-maxrate=500:vbv-bufsize=500:keyint=8"},
    {"plain10", "keyint=20", 176, 144, 40, 10},
    {"openGop10", "keyint=12:min-keyint=6:open-gop=1:bframes=4:b-adapt=0", 176, 144, 40, 10},
    {"wavefronts10", kWavefronts, 256, 256, 24, 10},
    {"scaling10", "scaling-list=default:weightb=1:tskip=1", 130, 98, 24, 10},
};

INSTANTIATE_TEST_SUITE_P(Generated, HevcGeneratedTest, testing::ValuesIn(kGenerated), kNameOfTest);

/// Whether a packet has a picture that decoding can begin with.
bool isRandomAccess(const std::vector<uint8_t> &packet)
{
    const std::span<const uint8_t> bytes(packet);
    for (auto nal = bitstream::nextNalUnit(bytes, 0); nal;
         nal = bitstream::nextNalUnit(bytes, nal->offset + nal->size)) {
        const auto header = bitstream::parseHevcNalHeader(bytes.subspan(nal->offset, nal->size));
        if (header && header->isSlice()) {
            return header->isIrap();
        }
    }
    return false;
}

/// A client that seeks and tells nobody: random access points follow on anything, pictures
/// have the numbers of earlier ones, and leading pictures lack their references.
TEST(HevcStreamTest, seeksAreExact)
{
    const Stream stream = encode({.name = "",
                                  .options = "keyint=9:min-keyint=9:open-gop=1:bframes=4:"
                                             "b-adapt=0:log2-max-poc-lsb=4:repeat-headers=1",
                                  .frames = 90});
    std::vector<size_t> starts;
    for (size_t i = 0; i < stream.packets.size(); ++i) {
        if (isRandomAccess(stream.packets[i])) {
            starts.push_back(i);
        }
    }
    ASSERT_GT(starts.size(), 5U);
    std::mt19937 random(7);
    Player player(stream.codecId, {.surfaces = Surfaces::I420, .threads = 1, .edit = {}});
    std::vector<std::string> expected;
    for (int seek = 0; seek < 40; ++seek) {
        const size_t start = starts[random() % starts.size()];
        const size_t end = std::min<size_t>(start + 1 + random() % 20, stream.packets.size());
        Stream part = stream;
        part.packets.assign(stream.packets.begin() + static_cast<ptrdiff_t>(start),
                            stream.packets.begin() + static_cast<ptrdiff_t>(end));
        for (const auto &packet : part.packets) {
            player.push(packet);
        }
        player.flush();
        const auto frames = decodeAlone(part);
        expected.insert(expected.end(), frames.begin(), frames.end());
    }
    EXPECT_EQ(player.failuresSoFar(), 0U);
    EXPECT_EQ(player.finish().frames, expected);
}

} // namespace
} // namespace daedalus::test
