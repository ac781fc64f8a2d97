// SPDX-License-Identifier: BSD-2-Clause
#include "v4l2/media_request.h"

#include <linux/media.h>
#include <poll.h>

#include "v4l2/fd_calls.h"

namespace daedalus::v4l2 {

Result<void> MediaRequest::queue()
{
    if (ioctlRetry(fd_.get(), MEDIA_REQUEST_IOC_QUEUE, 0) < 0) {
        return failErrno("submitting a media request");
    }
    return {};
}

Result<bool> MediaRequest::wait(std::chrono::milliseconds timeout) const
{
    // A completed request reports POLLPRI, one that was never submitted POLLERR.
    const Result<short> events = pollFd(fd_.get(), POLLPRI, timeout);
    if (!events) {
        return tl::unexpected(events.error());
    }
    if ((*events & POLLPRI) != 0) {
        return true;
    }
    if (*events != 0) {
        return fail(EINVAL, "waiting for a media request that is not submitted");
    }
    return false;
}

Result<void> MediaRequest::reinit()
{
    if (ioctlRetry(fd_.get(), MEDIA_REQUEST_IOC_REINIT, 0) < 0) {
        return failErrno("resetting a media request");
    }
    return {};
}

} // namespace daedalus::v4l2
