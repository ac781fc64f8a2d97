// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

namespace daedalus::daemon {

/// Tells the kernel module, while a picture takes long, that the worker is alive and
/// at work: an unsolicited PONG on the session file every Settings::interval, from a thread
/// of its own. The module can so tell a big picture on a loaded machine from a worker that is
/// stopped or dead. It falls silent when one picture takes longer than Settings::limit.
///
/// begin(), progress() and end() are for one thread at a time. They are called for every
/// picture, so the caller passes the time, which it knows anyway.
class Heartbeat {
public:
    using Clock = std::chrono::steady_clock;

    struct Settings {
        /// From one beat to the next; well below the module's timeout_ms.
        std::chrono::milliseconds interval{200};
        /// A decoder without progress() for that long is taken to hang.
        std::chrono::milliseconds limit{10'000};
    };

    /// @param sessionFd has to stay open as long as this object lives
    explicit Heartbeat(int sessionFd) : Heartbeat(sessionFd, Settings()) {}
    Heartbeat(int sessionFd, Settings settings);

    /// The decoder is at work from @p now on.
    void begin(Clock::time_point now);
    /// It has finished a picture and goes on.
    void progress(Clock::time_point now);
    /// It is idle.
    void end();

private:
    void run(const std::stop_token &stop);
    [[nodiscard]] bool isDue() const;
    void beat() const;

    int sessionFd_;
    Settings settings_;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::optional<Clock::time_point> lastProgress_; ///< none: the decoder is idle
    bool asleep_ = false;                           ///< the thread waits for begin()
    std::jthread thread_;                           ///< last: it uses all of the above
};

/// Heartbeat::begin() and end(): the decoder is at work as long as this object lives.
class ScopedHeartbeat {
public:
    explicit ScopedHeartbeat(Heartbeat &heartbeat,
                             Heartbeat::Clock::time_point now = Heartbeat::Clock::now())
        : heartbeat_(heartbeat)
    {
        heartbeat_.begin(now);
    }
    ScopedHeartbeat(const ScopedHeartbeat &) = delete;
    ScopedHeartbeat &operator=(const ScopedHeartbeat &) = delete;
    ~ScopedHeartbeat() { heartbeat_.end(); }

private:
    Heartbeat &heartbeat_;
};

} // namespace daedalus::daemon
