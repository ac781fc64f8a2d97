// SPDX-License-Identifier: BSD-2-Clause
#include "tests/daemon/guest/notify_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace daedalus::test {

NotifySocket::NotifySocket()
    : path_("/tmp/daemon-test-notify-" + std::to_string(::getpid())),
      socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path_.begin(), path_.end(), address.sun_path);
    if (::bind(socket_.get(), reinterpret_cast<const sockaddr *>(&address), sizeof(address)) != 0) {
        std::perror("bind");
    }
}

NotifySocket::~NotifySocket()
{
    ::unlink(path_.c_str());
}

bool NotifySocket::hears(std::string_view text, std::chrono::milliseconds limit)
{
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + limit;
    for (auto now = Clock::now(); now < end; now = Clock::now()) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - now);
        pollfd file{.fd = socket_.get(), .events = POLLIN, .revents = 0};
        if (::poll(&file, 1, static_cast<int>(left.count())) != 1) {
            continue;
        }
        std::array<char, 256> message{};
        const ssize_t length = ::read(socket_.get(), message.data(), message.size());
        if (length > 0 && std::string_view(message.data(), static_cast<size_t>(length)) == text) {
            return true;
        }
    }
    return false;
}

void NotifySocket::forgetAll()
{
    std::array<char, 256> message{};
    while (::read(socket_.get(), message.data(), message.size()) > 0) {
    }
}

} // namespace daedalus::test
