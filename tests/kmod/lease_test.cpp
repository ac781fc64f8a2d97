// SPDX-License-Identifier: BSD-2-Clause
//
// Nobody has a buffer that a worker may still write, and nobody waits for that for long.
#include <gtest/gtest.h>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "tests/kmod/dma_buffer.h"
#include "tests/kmod/module_test.h"
#include "tests/kmod/parameter.h"

namespace daedalus::test {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

class Leases : public SessionTest {
protected:
    void SetUp() override
    {
        ASSERT_NO_FATAL_FAILURE(SessionTest::SetUp());
        surface_ = makeDmaBuf(64UL * 1024);
        ASSERT_TRUE(surface_);
    }

    /// Has a worker read a request for the surface; its cookie.
    std::uint32_t beginDecoding()
    {
        if (!client_.start(1, V4L2_MEMORY_DMABUF) ||
            client_.queueCapture(0, {surface_.get()}) != 0 || client_.submit({}) != 0) {
            ADD_FAILURE() << "no request";
            return 0;
        }
        auto worker = broker_.nextWorker();
        if (!worker) {
            ADD_FAILURE() << worker.error().what();
            return 0;
        }
        worker_ = std::move(*worker);
        const auto message = worker_->next();
        EXPECT_TRUE(message);
        return message ? message->header.cookie : 0;
    }

    /// Another file queues the surface.
    /// @returns the errno, or 0; @p took takes how long it took
    int queueElsewhere(milliseconds *took = nullptr)
    {
        Client other;
        EXPECT_TRUE(other.start(1, V4L2_MEMORY_DMABUF));
        const auto start = Clock::now();
        const int error = other.queueCapture(0, {surface_.get()});
        if (took != nullptr) {
            *took = std::chrono::duration_cast<milliseconds>(Clock::now() - start);
        }
        return error;
    }

    const Parameter patient_{"timeout_ms", 10000};
    UniqueFd surface_;
};

TEST_F(Leases, SurfaceOfAClosedClientIsItsWorkersUntilThatAnswers)
{
    const auto cookie = beginDecoding();
    const auto start = Clock::now();
    client_.close();
    EXPECT_LT(Clock::now() - start, milliseconds(1500)) << "close() does not wait";
    milliseconds took{};
    EXPECT_EQ(queueElsewhere(&took), EBUSY);
    EXPECT_GT(took, milliseconds(1000));
    EXPECT_LT(took, milliseconds(6000));

    std::thread answer([&] {
        ::usleep(200000);
        EXPECT_EQ(worker_->respond(cookie), ESHUTDOWN);
    });
    EXPECT_EQ(queueElsewhere(&took), 0);
    EXPECT_GT(took, milliseconds(100));
    EXPECT_LT(took, milliseconds(1700));
    answer.join();
    EXPECT_EQ(queueElsewhere(), 0);
}

TEST_F(Leases, SurfaceOfADeadWorkerIsFree)
{
    beginDecoding();
    client_.close();
    worker_->close();
    EXPECT_EQ(queueElsewhere(), 0);
}

TEST_F(Leases, SurfaceOfASilentWorkerIsNot)
{
    const Parameter timeout("timeout_ms", 100);
    beginDecoding();
    const auto picture = client_.dequeue(kCapture);
    ASSERT_TRUE(picture && client_.dequeue(kOutput));
    EXPECT_TRUE(picture->error);
    EXPECT_EQ(client_.queueCapture(0, {surface_.get()}), EBUSY);
    worker_->close();
    EXPECT_EQ(client_.queueCapture(0, {surface_.get()}), 0);
}

TEST_F(Leases, StreamoffDoesNotWaitForeverForAStoppedWorker)
{
    const auto cookie = beginDecoding();
    const auto start = Clock::now();
    ASSERT_EQ(client_.stream(kCapture, false), 0);
    EXPECT_GT(Clock::now() - start, milliseconds(1000));
    EXPECT_LT(Clock::now() - start, milliseconds(6000));
    EXPECT_EQ(client_.queueCapture(0, {surface_.get()}), EBUSY);
    EXPECT_EQ(worker_->respond(cookie), ENOENT);
    EXPECT_EQ(client_.queueCapture(0, {surface_.get()}), 0);
}

TEST_F(Leases, OtherClientsDoNotWaitWithIt)
{
    beginDecoding();
    Client other;
    ASSERT_TRUE(other.start(1));
    std::thread stopping([&] { EXPECT_EQ(client_.stream(kOutput, false), 0); });
    ::usleep(100000);
    const auto start = Clock::now();
    ASSERT_EQ(other.queueCapture(0), 0);
    ASSERT_EQ(other.submit({}), 0);
    auto worker = broker_.nextWorker();
    ASSERT_TRUE(worker);
    EXPECT_TRUE(worker->next());
    EXPECT_LT(Clock::now() - start, milliseconds(1500));
    stopping.join();
}

TEST_F(Leases, ClientThatWaitsCanBeKilled)
{
    beginDecoding();
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        client_.stream(kCapture, false);
        ::_exit(1);
    }
    ::usleep(200000);
    const auto start = Clock::now();
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_LT(Clock::now() - start, milliseconds(1200));
}

} // namespace
} // namespace daedalus::test
