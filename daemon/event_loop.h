// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "daedalus/result.h"
#include "daedalus/unique_fd.h"

namespace daedalus::daemon {

/// Calls back when files are ready: epoll with a callback for each file.
///
/// One thread at a time. Callbacks may add and remove files, their own included.
class EventLoop {
public:
    using Clock = std::chrono::steady_clock;
    /// @p events are the EPOLL* events that occurred.
    using Callback = std::function<void(uint32_t events)>;

    static Result<EventLoop> create();

    /// Watches @p fd, level-triggered, until remove(). The file stays the caller's
    /// and has to outlive its watch.
    Result<void> add(int fd, uint32_t events, Callback callback);
    void remove(int fd);

    /// Waits for events, at most until @p deadline, and calls back for each.
    Result<void> runOnce(std::optional<Clock::time_point> deadline);

private:
    explicit EventLoop(UniqueFd epoll) : epoll_(std::move(epoll)) {}

    UniqueFd epoll_;
    /// Shared, so that a callback that removes itself does not pull its own code away.
    std::map<int, std::shared_ptr<Callback>> callbacks_;
};

} // namespace daedalus::daemon
