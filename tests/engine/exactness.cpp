// SPDX-License-Identifier: BSD-2-Clause
#include "tests/engine/exactness.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace daedalus::test {

namespace {

void expectFrames(const std::vector<std::string> &frames, const std::vector<std::string> &expected)
{
    EXPECT_EQ(frames.size(), expected.size());
    const size_t count = std::min(frames.size(), expected.size());
    for (size_t i = 0; i < count; ++i) {
        ASSERT_EQ(frames[i], expected[i]) << "frame " << i << " is the first that differs";
    }
}

} // namespace

void compare(const Stream &stream, const std::vector<std::string> &expected,
             const PlayOptions &options)
{
    const Played played = play(stream, options);
    EXPECT_EQ(played.failures(), 0U);
    expectFrames(played.frames, expected);
}

void compareEverySurface(const Stream &stream, const std::vector<std::string> &expected)
{
    ASSERT_FALSE(expected.empty());
    for (const Surfaces surfaces :
         {Surfaces::Nv12, Surfaces::I420, Surfaces::TightNv12, Surfaces::TightI420}) {
        SCOPED_TRACE(testing::Message() << "surfaces " << static_cast<int>(surfaces));
        compare(stream, expected, {.surfaces = surfaces, .threads = 1, .edit = {}});
    }
}

void compareEveryThreadCount(const Stream &stream, const std::vector<std::string> &expected)
{
    // One is what compareEverySurface() has.
    for (const unsigned threads : {2U, 4U}) {
        SCOPED_TRACE(testing::Message() << threads << " threads");
        for (const bool ahead : {false, true}) {
            SCOPED_TRACE(ahead ? "the client works ahead" : "the client waits for each");
            compare(
                stream, expected,
                {.surfaces = Surfaces::Nv12, .threads = threads, .worksAhead = ahead, .edit = {}});
        }
    }
}

void expectExact(const Stream &stream)
{
    SCOPED_TRACE(stream.name);
    const auto expected = decodeAlone(stream);
    compareEverySurface(stream, expected);
    compareEveryThreadCount(stream, expected);
}

void forEachVector(const std::string &folder,
                   const std::function<void(const std::filesystem::path &)> &each)
{
    const auto files = vectorFiles(folder);
    if (files.empty()) {
        GTEST_SKIP() << "no test vectors beside the checkout";
    }
    std::ranges::for_each(files, each);
}

void expectRecovery(const Stream &stream, const std::vector<std::string> &expected,
                    PlayOptions options, const Damage &damage)
{
    bool damaging = true;
    options.edit = [&](v4l2decode::StatelessPicture &picture) {
        if (damaging) {
            damage(picture);
        }
    };
    Player player(stream.codecId, options);
    const auto pushAll = [&] {
        std::ranges::for_each(stream.packets, [&](const auto &packet) { player.push(packet); });
        player.flush();
    };
    pushAll();
    damaging = false;
    player.session().flush();
    const auto before = static_cast<ptrdiff_t>(player.framesSoFar());
    const size_t failuresBefore = player.failuresSoFar();
    pushAll();
    EXPECT_EQ(player.failuresSoFar(), failuresBefore);
    const auto played = player.finish().frames;
    expectFrames({played.begin() + before, played.end()}, expected);
}

void expectRecoveries(const EncoderOptions &options, unsigned rounds, unsigned ahead, unsigned of,
                      const std::function<Damage(unsigned seed)> &damageOf)
{
    const Stream stream = encodeStream(options);
    const auto expected = decodeAlone(stream);
    for (unsigned seed = 0; seed < rounds; ++seed) {
        SCOPED_TRACE(seed);
        expectRecovery(stream, expected,
                       {.surfaces = seed % 2 == 0 ? Surfaces::Nv12 : Surfaces::I420,
                        .threads = 1 + seed % 3,
                        .worksAhead = seed % of < ahead,
                        .edit = {}},
                       damageOf(seed));
    }
}

} // namespace daedalus::test
