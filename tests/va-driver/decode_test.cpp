// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "tests/va-driver/display.h"
#include "tests/va-driver/vp9_clip.h"
#include "tests/va-driver/vp9_player.h"

namespace daedalus::va {
namespace {

constexpr uint32_t kWidth = 162;
constexpr uint32_t kHeight = 90;
constexpr unsigned kFrames = 12;
constexpr unsigned kKeyInterval = 6;

class DecodeTest : public testing::Test {
protected:
    void SetUp() override
    {
        DAEDALUS_NEED_DISPLAY(display);
        clip = Vp9Clip::make(kWidth, kHeight, kFrames, kKeyInterval, 1);
        ASSERT_EQ(kFrames, clip.frames.size());
        ASSERT_EQ(kFrames, clip.pictures.size());
        config = display.config(VAProfileVP9Profile0);
        context = display.context(config, kWidth, kHeight);
    }

    Display display;
    Vp9Clip clip;
    VAConfigID config = VA_INVALID_ID;
    VAContextID context = VA_INVALID_ID;
};

TEST_F(DecodeTest, EveryFrameIsExact)
{
    for (const uint32_t fourcc : {VA_FOURCC_NV12, VA_FOURCC_I420}) {
        Vp9Player player(display, context);
        const auto surfaces = display.surfaces(fourcc, kWidth, kHeight, kFrames);
        for (unsigned i = 0; i < kFrames; ++i) {
            ASSERT_EQ(VA_STATUS_SUCCESS, player.decode(clip.frames[i], surfaces[i]));
        }
        for (unsigned i = 0; i < kFrames; ++i) {
            ASSERT_EQ(VA_STATUS_SUCCESS, vaSyncSurface(display, surfaces[i]));
            EXPECT_EQ(clip.pictures[i], display.read(surfaces[i], kWidth, kHeight)) << i;
        }
    }
}

TEST_F(DecodeTest, AClientMayWaitForEach)
{
    Vp9Player player(display, context);
    const auto surfaces = display.surfaces(VA_FOURCC_I420, kWidth, kHeight, kFrames);
    for (unsigned i = 0; i < kFrames; ++i) {
        ASSERT_EQ(VA_STATUS_SUCCESS, player.decode(clip.frames[i], surfaces[i]));
        ASSERT_EQ(VA_STATUS_SUCCESS, vaSyncSurface(display, surfaces[i]));
        EXPECT_EQ(clip.pictures[i], display.read(surfaces[i], kWidth, kHeight)) << i;
    }
}

TEST_F(DecodeTest, ThreadsMayWaitForPicturesOfOneStream)
{
    constexpr unsigned kThreads = 4;
    constexpr unsigned kRounds = 10;
    Vp9Player player(display, context);
    const auto surfaces = display.surfaces(VA_FOURCC_I420, kWidth, kHeight, kFrames);
    for (unsigned round = 0; round < kRounds; ++round) {
        std::vector<std::thread> threads;
        for (unsigned t = 0; t < kThreads; ++t) {
            threads.emplace_back([&, t] {
                // Each begins with another picture, which may not have been submitted yet.
                for (unsigned i = 0; i < kFrames; ++i) {
                    const VASurfaceID surface = surfaces[(i + t * 3) % kFrames];
                    if (t == 0) {
                        while (vaSyncSurface2(display, surface, 1000) == VA_STATUS_ERROR_TIMEDOUT) {
                        }
                    } else {
                        EXPECT_EQ(VA_STATUS_SUCCESS, vaSyncSurface(display, surface));
                    }
                }
            });
        }
        for (unsigned i = 0; i < kFrames; ++i) {
            EXPECT_EQ(VA_STATUS_SUCCESS, player.decode(clip.frames[i], surfaces[i]));
        }
        for (std::thread &thread : threads) {
            thread.join();
        }
        for (unsigned i = 0; i < kFrames; ++i) {
            ASSERT_EQ(VA_STATUS_SUCCESS, vaSyncSurface(display, surfaces[i]));
            EXPECT_EQ(clip.pictures[i], display.read(surfaces[i], kWidth, kHeight)) << i;
        }
    }
}

TEST_F(DecodeTest, StatusFollowsTheDecode)
{
    Vp9Player player(display, context);
    const auto surfaces = display.surfaces(VA_FOURCC_NV12, kWidth, kHeight, 1);
    ASSERT_EQ(VA_STATUS_SUCCESS, player.decode(clip.frames[0], surfaces[0]));
    VASurfaceStatus status{};
    ASSERT_EQ(VA_STATUS_SUCCESS, vaQuerySurfaceStatus(display, surfaces[0], &status));
    EXPECT_TRUE(status == VASurfaceRendering || status == VASurfaceReady);
    ASSERT_EQ(VA_STATUS_SUCCESS, vaSyncSurface2(display, surfaces[0], VA_TIMEOUT_INFINITE));
    ASSERT_EQ(VA_STATUS_SUCCESS, vaQuerySurfaceStatus(display, surfaces[0], &status));
    EXPECT_EQ(VASurfaceReady, status);
    EXPECT_EQ(VA_STATUS_SUCCESS, vaSyncSurface2(display, surfaces[0], 0));
}

TEST_F(DecodeTest, DamageIsReportedOnceAndTheNextKeyFrameDecodes)
{
    Vp9Player player(display, context);
    const auto surfaces = display.surfaces(VA_FOURCC_NV12, kWidth, kHeight, kFrames);
    auto damaged = clip.frames[0];
    damaged.resize(20); // the header is whole, the tiles are not
    const VAStatus ended = player.decode(damaged, surfaces[0]);
    const VAStatus synced = vaSyncSurface(display, surfaces[0]);
    EXPECT_TRUE(ended == VA_STATUS_ERROR_DECODING_ERROR ||
                synced == VA_STATUS_ERROR_DECODING_ERROR);
    EXPECT_EQ(VA_STATUS_SUCCESS, vaSyncSurface(display, surfaces[0]));

    Vp9Player again(display, context);
    for (unsigned i = 0; i < kFrames; ++i) {
        ASSERT_EQ(VA_STATUS_SUCCESS, again.decode(clip.frames[i], surfaces[i]));
        ASSERT_EQ(VA_STATUS_SUCCESS, vaSyncSurface(display, surfaces[i]));
        EXPECT_EQ(clip.pictures[i], display.read(surfaces[i], kWidth, kHeight)) << i;
    }
}

TEST_F(DecodeTest, GarbageIsAnErrorOfEndPictureOrSync)
{
    const auto surfaces = display.surfaces(VA_FOURCC_NV12, kWidth, kHeight, 1);
    Vp9Player player(display, context);
    for (unsigned length = 1; length < 40; ++length) {
        const std::vector<uint8_t> garbage(length, static_cast<uint8_t>(length * 37));
        const VAStatus ended = player.decode(garbage, surfaces[0]);
        const VAStatus synced = vaSyncSurface(display, surfaces[0]);
        EXPECT_TRUE(ended != VA_STATUS_SUCCESS || synced != VA_STATUS_SUCCESS) << length;
    }
    Vp9Player again(display, context);
    ASSERT_EQ(VA_STATUS_SUCCESS, again.decode(clip.frames[0], surfaces[0]));
    ASSERT_EQ(VA_STATUS_SUCCESS, vaSyncSurface(display, surfaces[0]));
    EXPECT_EQ(clip.pictures[0], display.read(surfaces[0], kWidth, kHeight));
}

TEST_F(DecodeTest, StreamGoesOnInANewContext)
{
    Vp9Player player(display, context);
    const auto surfaces = display.surfaces(VA_FOURCC_I420, kWidth, kHeight, kFrames);
    for (unsigned i = 0; i < kFrames; ++i) {
        if (i == 3) { // between key frames
            ASSERT_EQ(VA_STATUS_SUCCESS, vaDestroyContext(display, context));
            context = display.context(config, kWidth, kHeight);
            player.setContext(context);
        }
        ASSERT_EQ(VA_STATUS_SUCCESS, player.decode(clip.frames[i], surfaces[i])) << i;
        ASSERT_EQ(VA_STATUS_SUCCESS, vaSyncSurface(display, surfaces[i])) << i;
        EXPECT_EQ(clip.pictures[i], display.read(surfaces[i], kWidth, kHeight)) << i;
    }
}

TEST_F(DecodeTest, MoreSurfacesThanTheKernelHasBuffers)
{
    constexpr unsigned kMany = 70;
    Vp9Player player(display, context);
    const auto surfaces = display.surfaces(VA_FOURCC_I420, kWidth, kHeight, kMany);
    for (unsigned round = 0; round < 2; ++round) {
        for (unsigned i = 0; i < kMany; ++i) {
            ASSERT_EQ(VA_STATUS_SUCCESS, player.decode(clip.frames[i % kFrames], surfaces[i]));
            // kMany is no multiple of the clip's length: only whole passes compare.
            if (i / kFrames < kMany / kFrames) {
                ASSERT_EQ(VA_STATUS_SUCCESS, vaSyncSurface(display, surfaces[i]));
                ASSERT_EQ(clip.pictures[i % kFrames], display.read(surfaces[i], kWidth, kHeight))
                    << i;
            }
        }
    }
}

TEST_F(DecodeTest, EverythingMayBeDestroyedWhileItIsInUse)
{
    for (unsigned round = 0; round < 10; ++round) {
        const VAContextID doomed = display.context(config, kWidth, kHeight);
        Vp9Player player(display, doomed);
        auto surfaces = display.surfaces(VA_FOURCC_NV12, kWidth, kHeight, kFrames);
        for (unsigned i = 0; i < kFrames; ++i) {
            ASSERT_EQ(VA_STATUS_SUCCESS, player.decode(clip.frames[i], surfaces[i]));
        }
        if (round % 2 == 0) {
            EXPECT_EQ(VA_STATUS_SUCCESS, vaDestroyContext(display, doomed));
            EXPECT_EQ(VA_STATUS_SUCCESS, vaDestroySurfaces(display, surfaces.data(), kFrames));
        } else {
            EXPECT_EQ(VA_STATUS_SUCCESS, vaDestroySurfaces(display, surfaces.data(), kFrames));
            EXPECT_EQ(VA_STATUS_SUCCESS, vaDestroyContext(display, doomed));
        }
    }
}

TEST_F(DecodeTest, DisplayMayBeTerminatedWhileItDecodes)
{
    for (unsigned round = 0; round < 5; ++round) {
        const Display other;
        ASSERT_EQ(VA_STATUS_SUCCESS, other.status());
        Vp9Player player(other, other.context(other.config(VAProfileVP9Profile0), kWidth, kHeight));
        const auto surfaces = other.surfaces(VA_FOURCC_NV12, kWidth, kHeight, kFrames);
        for (unsigned i = 0; i < kFrames; ++i) {
            ASSERT_EQ(VA_STATUS_SUCCESS, player.decode(clip.frames[i], surfaces[i]));
        }
    }
}

TEST_F(DecodeTest, ThreadsDecodeDifferentStreamsAtOnce)
{
    constexpr unsigned kThreads = 4;
    std::vector<Vp9Clip> clips;
    for (unsigned t = 0; t < kThreads; ++t) {
        clips.push_back(Vp9Clip::make(96 + 32 * t, 64 + 16 * t, kFrames, kKeyInterval, t + 2));
    }
    std::vector<std::thread> threads;
    for (const Vp9Clip &mine : clips) {
        threads.emplace_back([&] {
            const uint32_t fourcc = mine.width % 64 == 0 ? VA_FOURCC_NV12 : VA_FOURCC_I420;
            for (unsigned round = 0; round < 3; ++round) {
                const VAContextID own = display.context(config, mine.width, mine.height);
                Vp9Player player(display, own);
                auto surfaces = display.surfaces(fourcc, mine.width, mine.height, kFrames);
                for (unsigned i = 0; i < kFrames; ++i) {
                    EXPECT_EQ(VA_STATUS_SUCCESS, player.decode(mine.frames[i], surfaces[i]));
                }
                for (unsigned i = 0; i < kFrames; ++i) {
                    EXPECT_EQ(VA_STATUS_SUCCESS, vaSyncSurface(display, surfaces[i]));
                    EXPECT_EQ(mine.pictures[i], display.read(surfaces[i], mine.width, mine.height));
                }
                EXPECT_EQ(VA_STATUS_SUCCESS, vaDestroyContext(display, own));
                EXPECT_EQ(VA_STATUS_SUCCESS, vaDestroySurfaces(display, surfaces.data(), kFrames));
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
}

TEST_F(DecodeTest, PictureThatDoesNotFitIsRefused)
{
    Vp9Player player(display, context);
    const auto small = display.surfaces(VA_FOURCC_NV12, 16, 16, 1);
    const auto wide = Vp9Clip::make(640, 360, 1, 1, 1);
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_SURFACE, player.decode(wide.frames.at(0), small[0]));
    EXPECT_EQ(VA_STATUS_SUCCESS, vaSyncSurface(display, small[0]));
}

} // namespace
} // namespace daedalus::va
