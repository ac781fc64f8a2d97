// SPDX-License-Identifier: BSD-2-Clause
// PCM blocks, tiles, dependent slice segments and what becomes of their entry points.
#include <gtest/gtest.h>

#include "tests/engine/exactness.h"
#include "tests/engine/hevc_pcm_encoder.h"

namespace daedalus::test {
namespace {

class HevcPcmTest : public testing::TestWithParam<PcmOptions> {};

TEST_P(HevcPcmTest, isExact)
{
    const PcmStream pcm = encodePcm(GetParam());
    const auto expected = decodeAlone(pcm.stream);
    ASSERT_EQ(expected.size(), GetParam().pictures);
    if (!GetParam().deblocking) {
        ASSERT_EQ(expected, pcm.frames) << "the stream was not encoded well";
    }
    for (const Surfaces surfaces : {Surfaces::Nv12, Surfaces::I420}) {
        for (const unsigned threads : {1U, 3U}) {
            const Played played =
                play(pcm.stream, {.surfaces = surfaces, .threads = threads, .edit = {}});
            EXPECT_EQ(played.failures(), 0U);
            ASSERT_EQ(played.frames, expected);
        }
    }
}

const PcmOptions kOptions[] = {
    {.name = "plain", .rows = 2},
    {.name = "deep", .bitDepth = 10, .pcmDepth = 10, .rows = 2},
    {.name = "coarse", .bitDepth = 10, .pcmDepth = 5, .rows = 2, .deblocking = true},
    {.name = "slices", .blocksInSegment = 5, .deblocking = true},
    {.name = "dependentSlices", .rows = 2, .blocksInSegment = 5, .dependentSegments = true},
    {.name = "tiles", .tileColumns = {1, 3, 2}, .tileRows = {1, 3}},
    {.name = "uniformTiles",
     .tileColumns = {2, 2, 2},
     .tileRows = {2, 2},
     .uniform = true,
     .deblocking = true},
    {.name = "tilesInSlices",
     .tileColumns = {3, 3},
     .tileRows = {2, 2},
     .blocksInSegment = 6,
     .deblocking = true},
    {.name = "tilesInDependentSlices",
     .tileColumns = {3, 3},
     .tileRows = {2, 2},
     .blocksInSegment = 6,
     .dependentSegments = true},
    {.name = "wavefronts", .wavefronts = true},
    {.name = "wavefrontsInDependentSlices",
     .wavefronts = true,
     .blocksInSegment = 6,
     .dependentSegments = true},
    {.name = "wavefrontsInShortSlices",
     .wavefronts = true,
     .blocksInSegment = 3,
     .dependentSegments = true},
};

INSTANTIATE_TEST_SUITE_P(Divisions, HevcPcmTest, testing::ValuesIn(kOptions), kNameOfTest);

} // namespace
} // namespace daedalus::test
