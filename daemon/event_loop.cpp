// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/event_loop.h"

#include <algorithm>
#include <array>
#include <limits>

namespace daedalus::daemon {

namespace {

constexpr size_t kMaxEvents = 32;

/// Milliseconds until @p deadline for epoll_wait(), rounded up so that the deadline is
/// over when the wait is.
int timeoutUntil(std::optional<EventLoop::Clock::time_point> deadline)
{
    if (!deadline) {
        return -1;
    }
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(*deadline - EventLoop::Clock::now());
    return static_cast<int>(std::clamp<int64_t>(left.count(), 0, std::numeric_limits<int>::max()));
}

} // namespace

Result<EventLoop> EventLoop::create()
{
    UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll) {
        return failErrno("epoll_create1");
    }
    return EventLoop(std::move(epoll));
}

Result<void> EventLoop::add(int fd, uint32_t events, Callback callback)
{
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) < 0) {
        return failErrno("watching a file");
    }
    callbacks_[fd] = std::make_shared<Callback>(std::move(callback));
    return {};
}

void EventLoop::remove(int fd)
{
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
    callbacks_.erase(fd);
}

Result<void> EventLoop::runOnce(std::optional<Clock::time_point> deadline)
{
    std::array<epoll_event, kMaxEvents> events{};
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                   timeoutUntil(deadline));
    if (count < 0 && errno != EINTR) {
        return failErrno("epoll_wait");
    }
    for (int i = 0; i < count; ++i) {
        const epoll_event &event = events.at(static_cast<size_t>(i));
        // An earlier callback of this round may have removed it.
        const auto it = callbacks_.find(event.data.fd);
        if (it != callbacks_.end()) {
            const std::shared_ptr<Callback> callback = it->second;
            (*callback)(event.events);
        }
    }
    return {};
}

} // namespace daedalus::daemon
