// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <sys/ioctl.h>

#include <cerrno>
#include <chrono>

#include "daedalus/result.h"

namespace daedalus::v4l2 {

/// ioctl() that is called again when a signal interrupts it.
template <typename Argument>
int ioctlRetry(int fd, unsigned long request, Argument argument)
{
    int result = 0;
    do {
        result = ::ioctl(fd, request, argument);
    } while (result < 0 && errno == EINTR);
    return result;
}

/// Polls one file until an event is there or the time is over; signals do not
/// shorten the time.
/// @param events POLL* to wait for
/// @param timeout zero only looks, negative waits for ever
/// @returns the events seen (with POLLERR and its like), 0 if the time ran out
Result<short> pollFd(int fd, short events, std::chrono::milliseconds timeout);

} // namespace daedalus::v4l2
