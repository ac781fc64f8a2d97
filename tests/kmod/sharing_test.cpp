// SPDX-License-Identifier: BSD-2-Clause
//
// Pictures that others import: one DMA-BUF, whose caches are clean before anybody is told,
// and a fence for as long as the worker writes.
#include <gtest/gtest.h>

#include <linux/dma-buf.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <fstream>
#include <thread>

#include "tests/kmod/dma_buffer.h"
#include "tests/kmod/module_test.h"
#include "tests/kmod/sharing.h"

namespace daedalus::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kPicture = 64UL * 1024;
constexpr std::size_t kPage = 4096;

/// References to the module. (To try to unload it would be the end of tests whose allocations
/// are made to fail.)
int moduleUsers()
{
    int users = 0;
    std::ifstream("/sys/module/daedalus_v4l2/refcnt") >> users;
    return users;
}

class Sharing : public SessionTest {
protected:
    void start(std::uint32_t memory) { SessionTest::start(2, memory); }

    /// The next request, as its worker gets it.
    WireMessage next()
    {
        const auto message = worker_->next();
        if (!message) {
            ADD_FAILURE() << message.error().what();
            return {};
        }
        return *message;
    }

    /// A request that decodes to CAPTURE buffer 0 and is with the worker.
    WireMessage submit(const std::vector<int> &dmaBufs = {})
    {
        EXPECT_EQ(client_.queueCapture(0, dmaBufs), 0);
        EXPECT_EQ(client_.submit({}), 0);
        return next();
    }

    void takeBack()
    {
        EXPECT_TRUE(client_.dequeue(kCapture));
        EXPECT_TRUE(client_.dequeue(kOutput));
    }

    void finish(const WireMessage &message)
    {
        EXPECT_EQ(worker_->respond(message.header.cookie), 0);
        takeBack();
    }
};

TEST_F(Sharing, ClientAndWorkerHaveOneDmaBuf)
{
    start(V4L2_MEMORY_MMAP);
    // Whoever asks first.
    const UniqueFd early = client_.exportBuffer(kCapture, 0);
    const auto message = submit();
    const auto decode = message.as<daedalus_req_decode>();
    const UniqueFd workers = worker_->dmaBuf(decode.planes[0].buffer_id);
    const UniqueFd bitstream = worker_->dmaBuf(decode.bitstream_id);
    ASSERT_TRUE(early && workers && bitstream);
    EXPECT_EQ(inodeOf(workers.get()), inodeOf(early.get()));
    const UniqueFd late = client_.exportBuffer(kOutput, 0);
    EXPECT_EQ(inodeOf(bitstream.get()), inodeOf(late.get()));
    EXPECT_NE(inodeOf(bitstream.get()), inodeOf(workers.get()));
    EXPECT_EQ(inodeOf(client_.exportBuffer(kCapture, 0).get()), inodeOf(early.get()));
    finish(message);
}

TEST_F(Sharing, MemoryOutlivesItsBuffer)
{
    start(V4L2_MEMORY_MMAP);
    UniqueFd exported = client_.exportBuffer(kCapture, 0);
    ASSERT_TRUE(exported);
    client_.close();
    worker_.reset();
    broker_.close();
    EXPECT_GT(moduleUsers(), 0) << "a DMA-BUF is open";
    const Importer importer;
    ASSERT_TRUE(importer.valid());
    EXPECT_EQ(importer.attach(exported.get()), 0);
    const Mapping mapping(exported.get(), kPage);
    ASSERT_TRUE(mapping.valid());
    EXPECT_TRUE(std::all_of(mapping.data(), mapping.data() + kPage,
                            [](unsigned char byte) { return byte == 0; }));
    exported.reset();
    mapping.data()[100] = 1;
    EXPECT_EQ(mapping.data()[100], 1);
}

TEST_F(Sharing, EachAccessIsSyncedForWhatIsAttached)
{
    start(V4L2_MEMORY_MMAP);
    const UniqueFd exported = client_.exportBuffer(kCapture, 0);
    const Importer importer;
    ASSERT_TRUE(exported && importer.valid());
    const auto synced = [&](const char *way) {
        const auto lines = Trace::lines();
        return std::count_if(lines.begin(), lines.end(), [way](const std::string &line) {
            return line.find(way) != std::string::npos;
        });
    };
    const Trace trace({"daedalus_v4l2/daedalus_dmabuf_sync"});
    EXPECT_EQ(syncDmaBuf(exported.get(), DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW), 0);
    EXPECT_EQ(synced("for="), 0) << "nothing is attached";
    ASSERT_EQ(importer.attach(exported.get()), 0);
    for (int round = 1; round <= 3; ++round) {
        EXPECT_EQ(syncDmaBuf(exported.get(), DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW), 0);
        EXPECT_EQ(synced("for=cpu"), round);
        EXPECT_EQ(syncDmaBuf(exported.get(), DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW), 0);
        EXPECT_EQ(synced("for=device"), round);
    }
    importer.detach();
    EXPECT_EQ(syncDmaBuf(exported.get(), DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW), 0);
    EXPECT_EQ(synced("for=device"), 3);
}

// A client that imports a buffer once sees each picture in it, and not before it is there.
TEST_F(Sharing, CachesAreCleanedThenTheFenceSignalsThenTheBufferIsDone)
{
    start(V4L2_MEMORY_MMAP);
    const UniqueFd exported = client_.exportBuffer(kCapture, 0);
    const Importer importer;
    ASSERT_TRUE(exported && importer.valid());
    ASSERT_EQ(importer.attach(exported.get()), 0);
    for (int picture = 0; picture < 3; ++picture) {
        const auto message = submit();
        // What a wait makes a fence tell.
        const UniqueFd fence = writersOf(exported.get());
        ASSERT_TRUE(fence);
        std::size_t cleaned = 0;
        std::size_t signalled = 0;
        std::size_t done = 0;
        {
            const Trace trace({"daedalus_v4l2/daedalus_dmabuf_sync", "dma_fence/dma_fence_signaled",
                               "vb2/vb2_buf_done"});
            finish(message);
            const auto lines = Trace::lines();
            for (std::size_t i = 0; i < lines.size(); ++i) {
                const auto first = [&](std::size_t &where, const char *what, const char *more) {
                    if (where == 0 && lines[i].find(what) != std::string::npos &&
                        lines[i].find(more) != std::string::npos) {
                        where = i + 1;
                    }
                };
                first(cleaned, "daedalus_dmabuf_sync:", "for=device");
                first(signalled, "dma_fence_signaled:", "driver=daedalus_v4l2");
                first(done, "vb2_buf_done:", "");
            }
        }
        EXPECT_GT(cleaned, 0U);
        EXPECT_GT(signalled, cleaned);
        EXPECT_GT(done, signalled);
    }
}

TEST_F(Sharing, PictureHasAFenceUntilItIsFinished)
{
    start(V4L2_MEMORY_MMAP);
    const UniqueFd exported = client_.exportBuffer(kCapture, 0);
    ASSERT_TRUE(exported);
    EXPECT_FALSE(isBeingWritten(exported.get()));
    ASSERT_EQ(client_.queueCapture(0), 0);
    EXPECT_FALSE(isBeingWritten(exported.get())) << "there is no request yet";
    ASSERT_EQ(client_.submit({}), 0);
    // The worker has not read it.
    EXPECT_TRUE(isBeingWritten(exported.get()));
    const UniqueFd fence = writersOf(exported.get());
    EXPECT_EQ(statusOf(fence.get()), 0);
    const auto message = next();
    EXPECT_TRUE(isBeingWritten(exported.get()));
    // The worker's part waits for nothing.
    EXPECT_EQ(syncDmaBuf(exported.get(), DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW), 0);
    EXPECT_EQ(worker_->respond(message.header.cookie), 0);
    EXPECT_FALSE(isBeingWritten(exported.get()));
    EXPECT_EQ(statusOf(fence.get()), 1);
    takeBack();
}

TEST_F(Sharing, ImportedPicturesHaveOneInEachOfTheirBuffers)
{
    ASSERT_TRUE(client_.setFormat(64, 64, V4L2_PIX_FMT_YUV420M));
    ASSERT_EQ(client_.allocate(kOutput, V4L2_MEMORY_MMAP, 1), 1);
    ASSERT_EQ(client_.allocate(kCapture, V4L2_MEMORY_DMABUF, 1), 1);
    ASSERT_EQ(client_.stream(kOutput, true), 0);
    ASSERT_EQ(client_.stream(kCapture, true), 0);
    takeSession();
    const UniqueFd a = makeDmaBuf(kPicture);
    const UniqueFd b = makeDmaBuf(kPicture);
    const UniqueFd c = makeDmaBuf(kPicture);
    ASSERT_TRUE(a && b && c);
    for (int picture = 0; picture < 3; ++picture) {
        const auto message = submit({a.get(), b.get(), a.get()});
        EXPECT_TRUE(isBeingWritten(a.get()));
        EXPECT_TRUE(isBeingWritten(b.get()));
        EXPECT_FALSE(isBeingWritten(c.get()));
        const UniqueFd fence = writersOf(b.get());
        finish(message);
        EXPECT_FALSE(isBeingWritten(a.get()));
        EXPECT_FALSE(isBeingWritten(b.get()));
        EXPECT_EQ(statusOf(fence.get()), 1);
    }
}

// The fence's code is the module's, wherever the fence is.
TEST_F(Sharing, ModuleStaysWhileSomebodyHasAFence)
{
    start(V4L2_MEMORY_DMABUF);
    const UniqueFd surface = makeDmaBuf(kPicture);
    finish(submit({surface.get()}));
    client_.close();
    worker_.reset();
    broker_.close();
    ::usleep(100000);
    EXPECT_GT(moduleUsers(), 0);
    EXPECT_FALSE(isBeingWritten(surface.get()));
}

/// How a request can end without a picture.
struct End {
    const char *name;
    void (*end)(Client &client, std::optional<TestWorker> &worker, std::uint32_t cookie);
};

class SharingEnds : public Sharing, public ::testing::WithParamInterface<End> {};

TEST_P(SharingEnds, WithAnErrorFence)
{
    start(V4L2_MEMORY_DMABUF);
    const UniqueFd surface = makeDmaBuf(kPicture);
    const auto message = submit({surface.get()});
    const UniqueFd fence = writersOf(surface.get());
    ASSERT_TRUE(fence);
    EXPECT_EQ(statusOf(fence.get()), 0);
    const auto start = Clock::now();
    GetParam().end(client_, worker_, message.header.cookie);
    EXPECT_NE(waitFor(fence.get(), POLLIN), 0);
    EXPECT_LT(Clock::now() - start, milliseconds(4000));
    EXPECT_LT(statusOf(fence.get()), 0);
    EXPECT_FALSE(isBeingWritten(surface.get()));
}

INSTANTIATE_TEST_SUITE_P(
    All, SharingEnds,
    ::testing::Values(
        End{"Error", [](Client &, std::optional<TestWorker> &worker,
                        std::uint32_t cookie) { worker->respond(cookie, EIO); }},
        End{"StreamoffCapture", [](Client &client, std::optional<TestWorker> &,
                                   std::uint32_t) { client.stream(kCapture, false); }},
        End{"StreamoffOutput", [](Client &client, std::optional<TestWorker> &,
                                  std::uint32_t) { client.stream(kOutput, false); }},
        End{"Close",
            [](Client &client, std::optional<TestWorker> &, std::uint32_t) { client.close(); }},
        End{"WorkerDies",
            [](Client &, std::optional<TestWorker> &worker, std::uint32_t) { worker->close(); }},
        End{"WorkerHangs", [](Client &, std::optional<TestWorker> &, std::uint32_t) {}}),
    [](const auto &info) { return std::string(info.param.name); });

// A worker that says that it is at work gets fifteen seconds; who imports is not kept so long.
TEST_F(Sharing, FenceExpiresThoughTheWorkerIsAlive)
{
    start(V4L2_MEMORY_DMABUF);
    const UniqueFd surface = makeDmaBuf(kPicture);
    const auto message = submit({surface.get()});
    const UniqueFd fence = writersOf(surface.get());
    ASSERT_TRUE(fence);
    const auto start = Clock::now();
    while (waitFor(fence.get(), POLLIN, milliseconds(100)) == 0) {
        ASSERT_LT(Clock::now() - start, milliseconds(6000));
        static_cast<void>(writeMessage(worker_->fd(), makeHeader(DAEDALUS_MSG_PONG, 0, 0), {}));
    }
    EXPECT_GT(Clock::now() - start, milliseconds(1500));
    EXPECT_LT(Clock::now() - start, milliseconds(5000));
    EXPECT_EQ(statusOf(fence.get()), -ETIMEDOUT);
    // The picture comes all the same.
    finish(message);
}

// Drivers wait for fences with the reservation object's lock held.
TEST_F(Sharing, WaitingWithTheLockHeldStopsNobody)
{
    start(V4L2_MEMORY_MMAP);
    const UniqueFd exported = client_.exportBuffer(kCapture, 0);
    const Importer importer;
    ASSERT_TRUE(exported && importer.valid());
    ASSERT_EQ(importer.attach(exported.get()), 0);
    const auto message = submit();
    std::optional<daedalus_importer_wait> wait;
    std::thread waiter([&] { wait = importer.wait(5000, DAEDALUS_IMPORTER_LOCKED); });
    ::usleep(100000);
    const auto start = Clock::now();
    // Another picture of the same context, and this one.
    EXPECT_EQ(client_.queueCapture(1), 0);
    EXPECT_EQ(client_.submit({.index = 1, .timestamp = 1000}), 0);
    EXPECT_EQ(worker_->respond(message.header.cookie), 0);
    waiter.join();
    EXPECT_LT(Clock::now() - start, milliseconds(3000));
    ASSERT_TRUE(wait);
    EXPECT_EQ(wait->timed_out, 0U);
    EXPECT_GE(wait->waited_ms, 90U);
    EXPECT_EQ(worker_->respond(next().header.cookie), 0);
}

// Who shows a picture is not to see the next one in it.
TEST_F(Sharing, QueueingWaitsForWhoReads)
{
    start(V4L2_MEMORY_DMABUF);
    const UniqueFd surface = makeDmaBuf(kPicture);
    Reader reader(surface.get());
    ASSERT_TRUE(reader.valid());
    std::atomic<int> result = -1;
    std::thread client([&] { result = client_.queueCapture(0, {surface.get()}); });
    ::usleep(200000);
    EXPECT_EQ(result, -1);
    reader.finish();
    client.join();
    EXPECT_EQ(result, 0);
    ASSERT_EQ(client_.submit({}), 0);
    const auto message = next();

    // Who comes after the request waits for it, so the worker must not wait for them.
    Reader next(surface.get());
    ASSERT_TRUE(next.valid());
    EXPECT_EQ(syncDmaBuf(surface.get(), DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW), 0);
    finish(message);

    // And not for ever.
    const auto start = Clock::now();
    EXPECT_EQ(client_.queueCapture(0, {surface.get()}), EBUSY);
    EXPECT_GT(Clock::now() - start, milliseconds(1500));
    EXPECT_LT(Clock::now() - start, milliseconds(6000));
    next.finish();
    EXPECT_EQ(client_.queueCapture(0, {surface.get()}), 0);
}

// The media core queues requests one after the other; who waits for a reader is not among them.
TEST_F(Sharing, QueueingWaitsWithoutALock)
{
    start(V4L2_MEMORY_DMABUF);
    const UniqueFd surface = makeDmaBuf(kPicture);
    const UniqueFd second = makeDmaBuf(kPicture);
    Reader reader(surface.get());
    ASSERT_TRUE(reader.valid());
    std::atomic<int> result = -1;
    std::thread waiting([&] { result = client_.queueCapture(0, {surface.get()}); });
    ::usleep(100000);
    const auto start = Clock::now();
    EXPECT_EQ(client_.queueCapture(1, {second.get()}), 0);
    EXPECT_EQ(client_.submit({.index = 1, .timestamp = 1000}), 0);
    finish(next());
    EXPECT_LT(Clock::now() - start, milliseconds(1700));
    EXPECT_EQ(result, -1);
    reader.finish();
    waiting.join();
    EXPECT_EQ(result, 0);
}

} // namespace
} // namespace daedalus::test
