// SPDX-License-Identifier: BSD-2-Clause
//
// Decodes that are held up: a reader's fence in the surface keeps the decoder from writing it.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <va/va_drmcommon.h>

#include "gbm/dma_buf.h"
#include "tests/support/eventually.h"
#include "tests/va-driver/display.h"
#include "tests/va-driver/reader_fence.h"
#include "tests/va-driver/vp9_clip.h"
#include "tests/va-driver/vp9_player.h"

namespace daedalus::va {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr uint32_t kWidth = 162;
constexpr uint32_t kHeight = 90;
constexpr uint64_t kMillisecond = 1'000'000; ///< in the unit of libva's timeouts

/// Threads of this process that run the driver's code.
int driverThreads()
{
    int count = 0;
    for (const auto &task : std::filesystem::directory_iterator("/proc/self/task")) {
        std::string name;
        std::getline(std::ifstream(task.path() / "comm"), name);
        count += name == "daedalus-va" ? 1 : 0;
    }
    return count;
}

class SyncTest : public testing::Test {
protected:
    void SetUp() override
    {
        DAEDALUS_NEED_DISPLAY(display);
        clip = Vp9Clip::make(kWidth, kHeight, 2, 2, 5);
        ASSERT_EQ(2U, clip.pictures.size());
        surface = display.surfaces(VA_FOURCC_I420, kWidth, kHeight, 1).at(0);
        VADRMPRIMESurfaceDescriptor descriptor{};
        ASSERT_EQ(VA_STATUS_SUCCESS,
                  vaExportSurfaceHandle(display, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                                        VA_EXPORT_SURFACE_READ_WRITE, &descriptor));
        file.reset(descriptor.objects[0].fd);
        fence = ReaderFence::attach(file.get());
        if (!fence && !test::inGuest()) {
            GTEST_SKIP() << "only vgem lets a test attach fences";
        }
        ASSERT_TRUE(fence);
        context = display.context(display.config(VAProfileVP9Profile0), kWidth, kHeight);
    }

    void TearDown() override
    {
        fence.reset();
        if (client.joinable()) {
            client.join();
        }
    }

    /// Decodes a picture on another thread, as vaEndPicture() may wait for the reader, and
    /// returns when the surface is said to be at work.
    void decodeElsewhere(Vp9Player &player)
    {
        client = std::thread(
            [&] { EXPECT_EQ(VA_STATUS_SUCCESS, player.decode(clip.frames[0], surface)); });
        EXPECT_TRUE(test::eventually([&] {
            VASurfaceStatus status{};
            EXPECT_EQ(VA_STATUS_SUCCESS, vaQuerySurfaceStatus(display, surface, &status));
            return status == VASurfaceRendering;
        }));
    }

    Display display;
    Vp9Clip clip;
    VASurfaceID surface = VA_INVALID_SURFACE;
    UniqueFd file;
    std::unique_ptr<ReaderFence> fence;
    VAContextID context = VA_INVALID_ID;
    std::thread client;
};

TEST_F(SyncTest, TimeoutsEndTheWaitAndTheDecodeGoesOn)
{
    constexpr milliseconds kTimeout{30};
    Vp9Player player(display, context);
    decodeElsewhere(player);
    const auto start = Clock::now();
    EXPECT_EQ(VA_STATUS_ERROR_TIMEDOUT, vaSyncSurface2(display, surface, 0));
    EXPECT_EQ(VA_STATUS_ERROR_TIMEDOUT,
              vaSyncSurface2(display, surface, kTimeout.count() * kMillisecond));
    EXPECT_GE(Clock::now() - start, kTimeout);
    VASurfaceStatus status{};
    ASSERT_EQ(VA_STATUS_SUCCESS, vaQuerySurfaceStatus(display, surface, &status));
    EXPECT_EQ(VASurfaceRendering, status);

    fence->signal();
    EXPECT_EQ(VA_STATUS_SUCCESS, vaSyncSurface2(display, surface, 10'000 * kMillisecond));
    EXPECT_EQ(VA_STATUS_SUCCESS, vaSyncSurface2(display, surface, 0));
    EXPECT_EQ(clip.pictures[0], display.read(surface, kWidth, kHeight));
}

TEST_F(SyncTest, NothingIsWrittenWhileAReaderIsThere)
{
    const auto mapping = gbm::DmaBufMapping::map(file.get(), 0, gbm::CpuAccess::Read);
    ASSERT_TRUE(mapping) << mapping.error().what();
    // Looks without asking, as a reader does whose fence is still there.
    const auto untouched = [&] {
        return std::ranges::all_of((*mapping)->bytes(),
                                   [](std::byte byte) { return byte == std::byte{0}; });
    };
    ASSERT_TRUE(untouched());
    Vp9Player player(display, context);
    decodeElsewhere(player);
    EXPECT_EQ(VA_STATUS_ERROR_TIMEDOUT, vaSyncSurface2(display, surface, 50 * kMillisecond));
    EXPECT_TRUE(untouched());
    fence->signal();
    ASSERT_EQ(VA_STATUS_SUCCESS, vaSyncSurface(display, surface));
    EXPECT_FALSE(untouched());
    EXPECT_EQ(clip.pictures[0], display.read(surface, kWidth, kHeight));
}

TEST_F(SyncTest, NoThreadRunsOnInADriverThatIsUnloaded)
{
    std::atomic<bool> signalled = false;
    std::thread reader([&] {
        std::this_thread::sleep_for(milliseconds(200));
        signalled = true;
        fence->signal();
    });
    Vp9Player player(display, context);
    EXPECT_EQ(VA_STATUS_SUCCESS, player.decode(clip.frames[0], surface));
    // Nobody but the decoder has the surface now, and through it its own context.
    EXPECT_EQ(VA_STATUS_SUCCESS, vaDestroySurfaces(display, &surface, 1));
    EXPECT_EQ(VA_STATUS_SUCCESS, vaDestroyContext(display, context));
    display.terminate();
    EXPECT_TRUE(signalled) << "the decoder is not done";
    // The system may list a thread for a moment after it has ended.
    EXPECT_TRUE(test::eventually([] { return driverThreads() == 0; }));
    reader.join();
}

} // namespace
} // namespace daedalus::va
