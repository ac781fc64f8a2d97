// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/heartbeat.h"

#include <unistd.h>

#include "daedalus_v4l2_proto.h"

namespace daedalus::daemon {

namespace {

/// After that many idle intervals the thread sleeps until begin(): a paused player shall
/// not wake the machine up.
constexpr int kIdleIntervals = 5;

} // namespace

Heartbeat::Heartbeat(int sessionFd, Settings settings)
    : sessionFd_(sessionFd), settings_(settings),
      thread_([this](const std::stop_token &stop) { run(stop); })
{}

void Heartbeat::begin(Clock::time_point now)
{
    const std::scoped_lock lock(mutex_);
    lastProgress_ = now;
    if (asleep_) {
        asleep_ = false;
        wake_.notify_one();
    }
}

void Heartbeat::progress(Clock::time_point now)
{
    const std::scoped_lock lock(mutex_);
    if (lastProgress_) {
        lastProgress_ = now;
    }
}

void Heartbeat::end()
{
    const std::scoped_lock lock(mutex_);
    lastProgress_.reset();
}

bool Heartbeat::isDue() const
{
    if (!lastProgress_) {
        return false;
    }
    const auto passed = Clock::now() - *lastProgress_;
    return passed >= settings_.interval && passed < settings_.limit;
}

void Heartbeat::run(const std::stop_token &stop)
{
    std::unique_lock lock(mutex_);
    int idle = 0;
    while (!stop.stop_requested()) {
        if (idle >= kIdleIntervals) {
            asleep_ = true;
            wake_.wait(lock, stop, [this] { return !asleep_; });
            idle = 0;
            continue;
        }
        wake_.wait_for(lock, stop, settings_.interval, [] { return false; });
        idle = lastProgress_ ? 0 : idle + 1;
        if (isDue()) {
            beat();
        }
    }
}

void Heartbeat::beat() const
{
    const daedalus_msg_header pong{.magic = DAEDALUS_MSG_MAGIC,
                                   .version = DAEDALUS_MSG_VERSION,
                                   .type = DAEDALUS_MSG_PONG,
                                   .cookie = 0,
                                   .payload_len = 0,
                                   .reserved = 0};
    // A failure means that the session is over, which the decoding thread will see.
    [[maybe_unused]] const ssize_t written = ::write(sessionFd_, &pong, sizeof(pong));
}

} // namespace daedalus::daemon
