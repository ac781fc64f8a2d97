// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/heartbeat.h"

#include <gtest/gtest.h>

#include "tests/daemon/test_support.h"

namespace daedalus::test {
namespace {

using namespace std::chrono_literals;

class HeartbeatTest : public ::testing::Test {
protected:
    HeartbeatTest()
        : pair_(test::SocketPair::make()), kernel_(std::move(pair_.first)),
          heartbeat_(pair_.second.get(), {.interval = 20ms, .limit = 200ms})
    {}

    bool hears(int milliseconds)
    {
        if (!test::waitReadable(kernel_.fd(), milliseconds)) {
            return false;
        }
        const auto message = kernel_.read();
        return message && *message && (*message)->type == DAEDALUS_MSG_PONG;
    }

    void forgetAll()
    {
        while (hears(0)) {
        }
    }

    test::SocketPair pair_;
    daemon::MessageChannel kernel_;
    daemon::Heartbeat heartbeat_;
};

TEST_F(HeartbeatTest, BeatsWhileTheDecoderIsAtWork)
{
    EXPECT_FALSE(hears(100));
    {
        const daemon::ScopedHeartbeat working(heartbeat_);
        EXPECT_TRUE(hears(5000));
        EXPECT_TRUE(hears(5000));
    }
    forgetAll();
    EXPECT_FALSE(hears(100));
    // Idle for long, its thread sleeps, and has to wake up.
    std::this_thread::sleep_for(200ms);
    const daemon::ScopedHeartbeat working(heartbeat_);
    EXPECT_TRUE(hears(5000));
}

TEST_F(HeartbeatTest, FallsSilentWhenTheDecoderHangs)
{
    const daemon::ScopedHeartbeat working(heartbeat_);
    EXPECT_TRUE(hears(5000));
    std::this_thread::sleep_for(300ms);
    forgetAll();
    EXPECT_FALSE(hears(200));
    heartbeat_.progress(daemon::Heartbeat::Clock::now());
    EXPECT_TRUE(hears(5000));
}

TEST_F(HeartbeatTest, AQuickDecoderNeedsNone)
{
    const daemon::ScopedHeartbeat working(heartbeat_);
    const auto end = std::chrono::steady_clock::now() + 150ms;
    int beats = 0;
    while (std::chrono::steady_clock::now() < end) {
        heartbeat_.progress(daemon::Heartbeat::Clock::now());
        std::this_thread::sleep_for(1ms);
        beats += hears(0) ? 1 : 0;
    }
    // One or another where the machine is busy.
    EXPECT_LE(beats, 3);
}

} // namespace
} // namespace daedalus::test
