// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/control_device.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <cstring>

namespace daedalus::daemon {

namespace {

constexpr uint32_t kHelloCookie = 1;

Error explainOpen(int code, const std::string &path)
{
    switch (code) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
        return {code, path + " is not there: load the daedalus_v4l2 module"};
    case EBUSY:
        return {code, path + " is in use: another daemon runs"};
    case EACCES:
    case EPERM:
        return {code, "no permission to open " + path};
    default:
        return {code, "opening " + path + ": " + std::strerror(code)};
    }
}

} // namespace

Result<ControlDevice> ControlDevice::open(const std::string &path,
                                          std::chrono::milliseconds timeout)
{
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
    if (!fd) {
        return tl::unexpected(explainOpen(errno, path));
    }
    ControlDevice device{MessageChannel(std::move(fd))};
    if (auto result = device.negotiateVersion(timeout); !result) {
        const Error &error = result.error();
        if (error.code() == EBUSY) {
            return tl::unexpected(explainOpen(EBUSY, path));
        }
        return fail(error.code(), path + ": " + error.what());
    }
    return device;
}

Result<void> ControlDevice::negotiateVersion(std::chrono::milliseconds timeout)
{
    const daedalus_hello hello{.min_version = DAEDALUS_MSG_VERSION,
                               .max_version = DAEDALUS_MSG_VERSION,
                               .features = 0,
                               .reserved = 0};
    if (auto result = channel_.write(DAEDALUS_MSG_HELLO, kHelloCookie, hello); !result) {
        return result;
    }
    pollfd file{.fd = channel_.fd(), .events = POLLIN, .revents = 0};
    const int count = ::poll(&file, 1, static_cast<int>(timeout.count()));
    if (count < 0) {
        return failErrno("waiting for the module");
    }
    if (count == 0) {
        return fail(ETIMEDOUT, "the module does not answer");
    }
    auto message = channel_.read();
    if (!message) {
        return tl::unexpected(message.error());
    }
    if (!*message || (*message)->type != DAEDALUS_MSG_HELLO_ACK ||
        (*message)->cookie != kHelloCookie) {
        return fail(EPROTO, "the module does not answer HELLO");
    }
    const auto answer = payloadAs<daedalus_hello>(**message);
    if (!answer || answer->min_version != DAEDALUS_MSG_VERSION ||
        answer->max_version != DAEDALUS_MSG_VERSION) {
        return fail(EPROTO, "the module speaks another version of the protocol");
    }
    return {};
}

Result<UniqueFd> ControlDevice::takeSession(uint32_t sessionId)
{
    daedalus_session_fd argument{.session_id = sessionId, .fd = -1};
    if (::ioctl(channel_.fd(), DAEDALUS_IOC_SESSION_FD, &argument) < 0) {
        return failErrno("taking session " + std::to_string(sessionId));
    }
    return UniqueFd(argument.fd);
}

Result<void> ControlDevice::refuseSession(uint32_t cookie, uint32_t sessionId, int status)
{
    const daedalus_session_status answer{.session_id = sessionId,
                                         .status = static_cast<uint32_t>(status)};
    return channel_.write(DAEDALUS_MSG_SESSION_OPEN_ACK, cookie, answer);
}

} // namespace daedalus::daemon
