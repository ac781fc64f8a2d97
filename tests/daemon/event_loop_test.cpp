// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/event_loop.h"

#include <gtest/gtest.h>

#include "tests/daemon/test_support.h"

namespace daedalus::test {
namespace {

using namespace std::chrono_literals;

TEST(EventLoop, CallsBackForTheFileThatIsReady)
{
    auto loop = daemon::EventLoop::create();
    ASSERT_TRUE(loop);
    auto quiet = test::SocketPair::make();
    auto busy = test::SocketPair::make();
    int calls = 0;
    ASSERT_TRUE(loop->add(quiet.first.get(), EPOLLIN, [](uint32_t) { FAIL(); }));
    ASSERT_TRUE(loop->add(busy.first.get(), EPOLLIN, [&calls](uint32_t events) {
        EXPECT_TRUE(events & EPOLLIN);
        ++calls;
    }));
    ASSERT_EQ(::write(busy.second.get(), "x", 1), 1);
    ASSERT_TRUE(loop->runOnce(std::nullopt));
    EXPECT_EQ(calls, 1);
    EXPECT_FALSE(loop->add(-1, EPOLLIN, [](uint32_t) {}));
}

TEST(EventLoop, ReturnsAtTheDeadline)
{
    auto loop = daemon::EventLoop::create();
    ASSERT_TRUE(loop);
    const auto deadline = daemon::EventLoop::Clock::now() + 30ms;
    ASSERT_TRUE(loop->runOnce(deadline));
    EXPECT_GE(daemon::EventLoop::Clock::now(), deadline);
    // One that is over does not wait at all.
    ASSERT_TRUE(loop->runOnce(deadline));
}

TEST(EventLoop, ACallbackMayRemoveItselfAndOthers)
{
    auto loop = daemon::EventLoop::create();
    ASSERT_TRUE(loop);
    auto first = test::SocketPair::make();
    auto second = test::SocketPair::make();
    int calls = 0;
    const auto removeBoth = [&](uint32_t) {
        ++calls;
        loop->remove(first.first.get());
        loop->remove(second.first.get());
    };
    ASSERT_TRUE(loop->add(first.first.get(), EPOLLIN, removeBoth));
    ASSERT_TRUE(loop->add(second.first.get(), EPOLLIN, removeBoth));
    ASSERT_EQ(::write(first.second.get(), "x", 1), 1);
    ASSERT_EQ(::write(second.second.get(), "x", 1), 1);
    ASSERT_TRUE(loop->runOnce(std::nullopt));
    EXPECT_EQ(calls, 1);
    ASSERT_TRUE(loop->runOnce(daemon::EventLoop::Clock::now()));
    EXPECT_EQ(calls, 1);
}

} // namespace
} // namespace daedalus::test
