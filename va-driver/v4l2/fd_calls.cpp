// SPDX-License-Identifier: BSD-2-Clause
#include "v4l2/fd_calls.h"

#include <poll.h>

#include <algorithm>
#include <limits>

namespace daedalus::v4l2 {

Result<short> pollFd(int fd, short events, std::chrono::milliseconds timeout)
{
    using Clock = std::chrono::steady_clock;
    using std::chrono::milliseconds;

    const bool forever = timeout < milliseconds::zero();
    // A caller's "very long" must not overflow the clock.
    const auto start = Clock::now();
    const auto bounded =
        std::min<milliseconds>(timeout, milliseconds(std::numeric_limits<int>::max()));
    pollfd entry{.fd = fd, .events = events, .revents = 0};
    for (auto left = bounded;;) {
        const int count = ::poll(&entry, 1, forever ? -1 : static_cast<int>(left.count()));
        if (count > 0) {
            return entry.revents;
        }
        if (count == 0) {
            return short{0};
        }
        if (errno != EINTR) {
            return failErrno("poll");
        }
        const auto passed = std::chrono::duration_cast<milliseconds>(Clock::now() - start);
        left = std::max(bounded - passed, milliseconds::zero());
    }
}

} // namespace daedalus::v4l2
