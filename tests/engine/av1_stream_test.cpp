// SPDX-License-Identifier: BSD-2-Clause
// Whole AV1 streams: is every frame the one that libdav1d alone decodes?
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
    EXPECT_EQ(played.failures(), 0U);
    EXPECT_EQ(played.frames.size(), expected.size());
    const size_t count = std::min(played.frames.size(), expected.size());
    for (size_t i = 0; i < count; ++i) {
        ASSERT_EQ(played.frames[i], expected[i]) << "frame " << i << " is the first that differs";
    }
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

TEST(Av1StreamTest, vectors)
{
    const auto files = vectorFiles("av1");
    if (files.empty()) {
        GTEST_SKIP() << "no test vectors beside the checkout";
    }
    for (const auto &file : files) {
        if (file.string().find("b10") == std::string::npos) {
            compareEverySurface(readStream(file));
        }
    }
}

} // namespace
} // namespace daedalus::test
