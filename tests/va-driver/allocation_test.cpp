// SPDX-License-Identifier: BSD-2-Clause
//
// Memory runs out anywhere in the driver while it decodes in process: nothing is thrown out of
// it, nobody waits for ever, and from the next key frame on all is exact.
#include <array>
#include <atomic>
#include <cstdlib>
#include <new>

#include <gtest/gtest.h>

#include "tests/va-driver/surface_reader.h"
#include "tests/va-driver/vp9_clip.h"
#include "tests/va-driver/vp9_player.h"
#include "tools/common/va_display.h"

namespace {

/// How many allocations succeed until one fails; negative: all do.
std::atomic<long> allocationsLeft = -1;

} // namespace

// The driver's are the program's. Not inlined, where compilers take them for a mismatch.
[[gnu::noinline]] void *operator new(std::size_t size)
{
    if (allocationsLeft >= 0 && allocationsLeft-- == 0) {
        throw std::bad_alloc();
    }
    if (void *memory = std::malloc(size != 0 ? size : 1)) {
        return memory;
    }
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void *memory) noexcept
{
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void *memory, std::size_t /*size*/) noexcept
{
    std::free(memory);
}

namespace daedalus::va {
namespace {

constexpr uint32_t kWidth = 64;
constexpr uint32_t kHeight = 48;
constexpr unsigned kFrames = 4;
constexpr uint64_t kLongWait = 20'000'000'000; ///< ns

class AllocationTest : public testing::Test {
protected:
    void SetUp() override
    {
        ::setenv("LIBVA_DRIVERS_PATH", DAEDALUS_DRIVER_PATH, 1);
        ::setenv("DAEDALUS_BACKEND", "inproc", 1);
        ::setenv("DAEDALUS_LOG", "off", 1);
        auto opened = tools::VaDisplay::openWithoutDevice();
        ASSERT_TRUE(opened) << opened.error().what();
        display = std::move(*opened);
        clip = Vp9Clip::make(kWidth, kHeight, kFrames, kFrames, 3);
        ASSERT_EQ(kFrames, clip.pictures.size());
        ASSERT_EQ(VA_STATUS_SUCCESS, vaCreateConfig(display->get(), VAProfileVP9Profile0,
                                                    VAEntrypointVLD, nullptr, 0, &config));
        ASSERT_EQ(VA_STATUS_SUCCESS,
                  vaCreateSurfaces(display->get(), VA_RT_FORMAT_YUV420, kWidth, kHeight,
                                   surfaces.data(), kFrames, nullptr, 0));
        ASSERT_EQ(VA_STATUS_SUCCESS, vaCreateContext(display->get(), config, kWidth, kHeight,
                                                     VA_PROGRESSIVE, nullptr, 0, &context));
    }

    /// Plays the clip.
    /// @param ahead submits all of it before it waits
    /// @returns whether nothing failed
    bool play(bool ahead)
    {
        Vp9Player player(display->get(), context);
        bool good = true;
        const auto waitFor = [&](unsigned frame) {
            const VAStatus status = vaSyncSurface2(display->get(), surfaces[frame], kLongWait);
            EXPECT_NE(VA_STATUS_ERROR_TIMEDOUT, status) << frame;
            good = good && status == VA_STATUS_SUCCESS;
        };
        for (unsigned frame = 0; frame < kFrames; ++frame) {
            good = player.decode(clip.frames[frame], surfaces[frame]) == VA_STATUS_SUCCESS && good;
            if (!ahead) {
                EXPECT_NE(VA_STATUS_ERROR_TIMEDOUT, vaSyncSurface(display->get(), surfaces[frame]));
                waitFor(frame);
            }
        }
        for (unsigned frame = 0; frame < kFrames; ++frame) {
            waitFor(frame);
        }
        return good;
    }

    void expectExact()
    {
        for (unsigned frame = 0; frame < kFrames; ++frame) {
            ASSERT_EQ(clip.pictures[frame],
                      readSurface(display->get(), surfaces[frame], kWidth, kHeight));
        }
    }

    void failEach(bool ahead)
    {
        unsigned failed = 0;
        bool reached = true;
        for (long n = 0; reached; ++n) {
            SCOPED_TRACE(n);
            try {
                allocationsLeft = n;
                static_cast<void>(play(ahead));
            } catch (const std::bad_alloc &) {
                // It was the test's own.
            }
            reached = allocationsLeft < 0;
            allocationsLeft = -1;
            failed += reached ? 1 : 0;
            ASSERT_TRUE(play(ahead));
            ASSERT_NO_FATAL_FAILURE(expectExact());
        }
        EXPECT_GT(failed, 50U) << "the driver allocates with something else";
    }

    std::shared_ptr<tools::VaDisplay> display;
    Vp9Clip clip;
    VAConfigID config = VA_INVALID_ID;
    VAContextID context = VA_INVALID_ID;
    std::array<VASurfaceID, kFrames> surfaces{};
};

TEST_F(AllocationTest, NothingIsLostOfAClientThatWaits)
{
    failEach(false);
}

TEST_F(AllocationTest, NothingIsLostOfAClientThatIsAhead)
{
    failEach(true);
}

} // namespace
} // namespace daedalus::va
