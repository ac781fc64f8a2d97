// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalusctl/status_client.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "daedalus/unique_fd.h"

namespace daedalus::ctl {
namespace {

/// A daemon that is stopped must not stop us.
constexpr timeval kPatience{.tv_sec = 5, .tv_usec = 0};

Error explain(int error, const std::string &path)
{
    switch (error) {
    case ENOENT:
    case ECONNREFUSED:
        return {error, "daedalusd is not running (nobody listens at " + path +
                           "): start it with 'systemctl start daedalusd'"};
    case EACCES:
        return {error, "no permission for " + path +
                           ": its folder has to be open to all users, as the daemon makes it"};
    default:
        return {error, path + ": " + std::strerror(error)};
    }
}

} // namespace

Result<nlohmann::json> readStatus(const std::string &path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) {
        return fail(ENAMETOOLONG, path + ": too long for the path of a socket");
    }
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) {
        return failErrno("socket");
    }
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
    if (::connect(socket.get(), reinterpret_cast<const sockaddr *>(&address), sizeof(address)) !=
        0) {
        return tl::unexpected(explain(errno, path));
    }
    std::string text;
    std::array<char, 65536> piece{};
    ssize_t got = 0;
    while ((got = ::read(socket.get(), piece.data(), piece.size())) > 0) {
        text.append(piece.data(), static_cast<size_t>(got));
    }
    if (got < 0) {
        return fail(errno, "daedalusd does not answer at " + path + ": " + std::strerror(errno));
    }
    auto status = nlohmann::json::parse(text, nullptr, false);
    if (!status.is_object() || !status.contains("sessions") || !status.contains("ended")) {
        return fail(EBADMSG, path + ": what answers there is no daedalusd of this version");
    }
    return status;
}

} // namespace daedalus::ctl
