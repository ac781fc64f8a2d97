// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <sys/ioctl.h>

#include <cerrno>

namespace daedalus::v4l2 {

/// ioctl() that is repeated when a signal interrupts it.
template <typename Argument>
int ioctlRetry(int fd, unsigned long request, Argument argument)
{
    int result = 0;
    do {
        result = ::ioctl(fd, request, argument);
    } while (result < 0 && errno == EINTR);
    return result;
}

} // namespace daedalus::v4l2
