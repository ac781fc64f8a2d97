// SPDX-License-Identifier: BSD-2-Clause
// Whole streams: is every frame the one that libavcodec alone decodes?
#include <algorithm>

#include <gtest/gtest.h>

#include "engine_player.h"
#include "frame_list.h"

namespace daedalus::test {
namespace {

void compare(const Stream &stream, const std::vector<std::string> &expected,
             const PlayOptions &options)
{
    const Played played = play(stream, options);
    const auto failed = std::count_if(played.results.begin(), played.results.end(),
                                      [](const DecodeResult &result) { return result.error != 0; });
    EXPECT_EQ(failed, 0);
    size_t differing = 0;
    for (size_t i = 0; i < std::min(expected.size(), played.frames.size()); ++i) {
        differing += expected[i] == played.frames[i] ? 0 : 1;
        if (differing == 1 && expected[i] != played.frames[i]) {
            ADD_FAILURE() << "frame " << i << " is the first that differs: " << played.frames[i] << " expected " << expected[i];
        }
    }
    EXPECT_EQ(differing, 0U);
    EXPECT_EQ(played.frames.size(), expected.size());
}

void compareEverySurface(const Stream &stream)
{
    SCOPED_TRACE(stream.name);
    const auto expected = decodeAlone(stream);
    ASSERT_FALSE(expected.empty());
    for (const Surfaces surfaces :
         {Surfaces::Nv12, Surfaces::I420, Surfaces::TightNv12, Surfaces::TightI420}) {
        SCOPED_TRACE(testing::Message() << "surfaces " << static_cast<int>(surfaces));
        compare(stream, expected, {.surfaces = surfaces, .threads = 1, .edit = {}});
    }
    SCOPED_TRACE("3 threads");
    compare(stream, expected, {.surfaces = Surfaces::Nv12, .threads = 3, .edit = {}});
}

TEST(StreamTest, vectorsOfH264)
{
    const auto files = vectorFiles("h264");
    if (files.empty()) {
        GTEST_SKIP() << "no test vectors beside the checkout";
    }
    for (const auto &file : files) { if (getenv("ONLY") && file.string().find(getenv("ONLY")) == std::string::npos) continue;
        compareEverySurface(readStream(file));
    }
}

TEST(StreamTest, vectorsOfVp9)
{
    const auto files = vectorFiles("vp9");
    if (files.empty()) {
        GTEST_SKIP() << "no test vectors beside the checkout";
    }
    for (const auto &file : files) { if (getenv("ONLY") && file.string().find(getenv("ONLY")) == std::string::npos) continue;
        const Stream stream = readStream(file);
        if (stream.name.find("10bit") == std::string::npos) {
            compareEverySurface(stream);
        }
    }
}

} // namespace
} // namespace daedalus::test
