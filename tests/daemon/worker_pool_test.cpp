// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/worker_pool.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <functional>

#include "tests/daemon/test_support.h"
#include "tests/support/processes.h"
#include "tests/support/silent_logger.h"

namespace daedalus::test {
namespace {

using namespace std::chrono_literals;
using test::SocketPair;

/// Processes that this one has forked and not reaped.
std::vector<pid_t> children()
{
    return test::childrenOf(::getpid());
}

class WorkerPoolTest : public ::testing::Test {
protected:
    WorkerPoolTest() : loop_(*daemon::EventLoop::create())
    {
        std::signal(SIGPIPE, SIG_IGN);
        const auto logger = test::silentLogger();
        pool_.emplace(loop_, daemon::WorkerPool::Options{
                                 .spares = 1,
                                 .worker = {.worker = {.threads = 1, .logger = logger},
                                            .brokerPid = ::getpid(),
                                            .title = {}},
                                 .logger = logger});
        pool_->maintain();
    }

    /// Runs the pool as the broker does until @p condition holds.
    bool runUntil(const std::function<bool()> &condition, std::chrono::milliseconds limit = 5s)
    {
        const auto end = daemon::EventLoop::Clock::now() + limit;
        while (!condition() && daemon::EventLoop::Clock::now() < end) {
            const auto deadline = pool_->nextDeadline();
            (void)loop_.runOnce(
                std::min(deadline.value_or(end), daemon::EventLoop::Clock::now() + 20ms));
            pool_->maintain();
        }
        return condition();
    }

    /// Assigns session @p id; returns the kernel module's end of it.
    daemon::MessageChannel open(uint32_t id)
    {
        SocketPair session = SocketPair::make();
        const auto assigned = pool_->assign({.sessionId = id, .codec = V4L2_PIX_FMT_H264_SLICE},
                                            std::move(session.second));
        EXPECT_TRUE(assigned) << assigned.error().what();
        return daemon::MessageChannel(std::move(session.first));
    }

    static bool answers(daemon::MessageChannel &session)
    {
        if (!session.write(DAEDALUS_MSG_PING, 1, {}) || !test::waitReadable(session.fd())) {
            return false;
        }
        const auto message = session.read();
        return message && *message && (*message)->type == DAEDALUS_MSG_PONG;
    }

    static bool isClosed(daemon::MessageChannel &session)
    {
        if (!test::waitReadable(session.fd(), 0)) {
            return false;
        }
        const auto message = session.read();
        return !message && message.error().code() == ESHUTDOWN;
    }

    daemon::EventLoop loop_;
    std::optional<daemon::WorkerPool> pool_;
};

TEST_F(WorkerPoolTest, KeepsASpareAndNamesIt)
{
    const auto pids = children();
    ASSERT_EQ(pids.size(), 1U);
    EXPECT_TRUE(runUntil([&] { return test::processState(pids[0])->name == daemon::kWorkerName; }));
    EXPECT_EQ(pool_->sessionCount(), 0U);
}

TEST_F(WorkerPoolTest, AWorkerHoldsNoFilesOfTheBroker)
{
    const auto secret = test::memoryFile(1);
    auto session = open(1);
    pool_->maintain();
    ASSERT_TRUE(answers(session));
    auto second = open(2);
    ASSERT_TRUE(answers(second));
    for (const pid_t pid : children()) {
        // The standard streams, its socket, and its session if it has one.
        EXPECT_LE(test::openFiles(std::to_string(pid)), 5U) << pid;
    }
}

TEST_F(WorkerPoolTest, ServesSessionsAndReplacesSpares)
{
    auto first = open(1);
    auto second = open(2);
    EXPECT_TRUE(answers(first));
    EXPECT_TRUE(answers(second));
    EXPECT_EQ(pool_->sessionCount(), 2U);
    pool_->maintain();
    EXPECT_EQ(children().size(), 3U);
}

TEST_F(WorkerPoolTest, AWorkerEndsWithItsSession)
{
    {
        auto session = open(1);
        EXPECT_TRUE(answers(session));
    }
    pool_->sessionClosed(1, daemon::WorkerPool::SessionEnd::Regular);
    EXPECT_TRUE(runUntil([&] { return pool_->sessionCount() == 0; }, 1s));
}

TEST_F(WorkerPoolTest, AWorkerThatDoesNotEndIsKilled)
{
    auto session = open(1);
    EXPECT_TRUE(answers(session));
    const pid_t pid = children().front();
    ASSERT_EQ(::kill(pid, SIGSTOP), 0);
    pool_->sessionClosed(1, daemon::WorkerPool::SessionEnd::Regular);
    EXPECT_FALSE(runUntil([&] { return pool_->sessionCount() == 0; }, 1s));
    EXPECT_TRUE(runUntil([&] { return pool_->sessionCount() == 0; }, 3s));
    EXPECT_TRUE(isClosed(session));
}

TEST_F(WorkerPoolTest, AWorkerThatMisbehavedIsKilledAtOnce)
{
    auto session = open(1);
    EXPECT_TRUE(answers(session));
    ASSERT_EQ(::kill(children().front(), SIGSTOP), 0);
    pool_->sessionClosed(1, daemon::WorkerPool::SessionEnd::Misbehaved);
    EXPECT_TRUE(runUntil([&] { return pool_->sessionCount() == 0; }, 1s));
    EXPECT_TRUE(isClosed(session));
}

TEST_F(WorkerPoolTest, ACrashTakesOneSessionOnly)
{
    auto first = open(1);
    EXPECT_TRUE(answers(first));
    const pid_t victim = children().front();
    auto second = open(2);
    // Of the signals of a crash the one that the address sanitizer does not catch.
    ASSERT_EQ(::kill(victim, SIGABRT), 0);
    EXPECT_TRUE(runUntil([&] { return pool_->sessionCount() == 1; }));
    EXPECT_TRUE(isClosed(first));
    EXPECT_TRUE(answers(second));
    // The kernel's word about it comes later and means nothing any more.
    pool_->sessionClosed(1, daemon::WorkerPool::SessionEnd::Misbehaved);
    EXPECT_TRUE(answers(second));
}

TEST_F(WorkerPoolTest, ASpareThatDiedIsReplaced)
{
    const pid_t victim = children().front();
    ASSERT_EQ(::kill(victim, SIGKILL), 0);
    // It is dead, but the pool has not noticed when the session comes.
    siginfo_t info{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(victim), &info, WEXITED | WNOWAIT), 0);
    auto session = open(1);
    EXPECT_TRUE(answers(session));
    EXPECT_TRUE(runUntil([&] {
        const auto pids = children();
        return pids.size() == 2 && std::count(pids.begin(), pids.end(), victim) == 0;
    }));
}

TEST_F(WorkerPoolTest, ShutdownEndsAllOfThem)
{
    auto first = open(1);
    auto second = open(2);
    EXPECT_TRUE(answers(first));
    EXPECT_TRUE(answers(second));
    ASSERT_EQ(::kill(children().front(), SIGSTOP), 0);
    pool_->maintain();
    const auto start = daemon::EventLoop::Clock::now();
    pool_->shutdown();
    EXPECT_LT(daemon::EventLoop::Clock::now() - start, 3s);
    EXPECT_TRUE(children().empty());
    EXPECT_TRUE(isClosed(first));
    EXPECT_TRUE(isClosed(second));
}

TEST_F(WorkerPoolTest, NothingIsLeftAfterManySessions)
{
    const auto serve = [this](uint32_t id) {
        {
            auto session = open(id);
            ASSERT_TRUE(answers(session));
        }
        pool_->sessionClosed(id, daemon::WorkerPool::SessionEnd::Regular);
        ASSERT_TRUE(runUntil([&] { return pool_->sessionCount() == 0; }));
    };
    serve(1);
    const size_t files = test::openFiles();
    for (uint32_t id = 2; id < 50; ++id) {
        serve(id);
    }
    EXPECT_EQ(test::openFiles(), files);
    EXPECT_EQ(children().size(), 1U);
}

} // namespace
} // namespace daedalus::test
