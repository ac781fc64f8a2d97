// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/fd_passing.h"

#include <sys/socket.h>

#include <cstring>

namespace daedalus::daemon {

namespace {

/// Room for the control message that carries one descriptor.
union ControlBuffer {
    cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
};

UniqueFd takeFd(msghdr &header)
{
    for (cmsghdr *control = CMSG_FIRSTHDR(&header); control != nullptr;
         control = CMSG_NXTHDR(&header, control)) {
        if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS &&
            control->cmsg_len == CMSG_LEN(sizeof(int))) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(control), sizeof(fd));
            return UniqueFd(fd);
        }
    }
    return {};
}

} // namespace

Result<void> sendAssignment(int socket, const Assignment &assignment, int session)
{
    Assignment payload = assignment;
    iovec data{.iov_base = &payload, .iov_len = sizeof(payload)};
    ControlBuffer buffer{};
    msghdr header{};
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = buffer.bytes;
    header.msg_controllen = sizeof(buffer.bytes);
    cmsghdr *control = CMSG_FIRSTHDR(&header);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(control), &session, sizeof(session));

    ssize_t sent = 0;
    do {
        sent = ::sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) {
        return failErrno("handing a session to a worker");
    }
    return {};
}

Result<ReceivedAssignment> receiveAssignment(int socket)
{
    ReceivedAssignment received;
    iovec data{.iov_base = &received.assignment, .iov_len = sizeof(received.assignment)};
    ControlBuffer buffer{};
    msghdr header{};
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = buffer.bytes;
    header.msg_controllen = sizeof(buffer.bytes);
    ssize_t length = 0;
    do {
        length = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
    } while (length < 0 && errno == EINTR);
    if (length < 0 && errno != ECONNRESET) {
        return failErrno("waiting for a session");
    }
    if (length <= 0) {
        return fail(ESHUTDOWN, "the broker is gone");
    }
    received.session = takeFd(header);
    if (static_cast<size_t>(length) != sizeof(received.assignment) || !received.session) {
        return fail(EPROTO, "an assignment without its session file");
    }
    return received;
}

} // namespace daedalus::daemon
