// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/status_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

namespace daedalus::daemon {

namespace {

constexpr int kBacklog = 16;
constexpr mode_t kForAll = 0666;
constexpr mode_t kFolderForAll = 0755;

} // namespace

StatusSocket::StatusSocket(UniqueFd socket, std::string path, EventLoop &loop,
                           std::function<std::string()> report)
    : socket_(std::move(socket)), path_(std::move(path)), loop_(loop), report_(std::move(report))
{}

StatusSocket::~StatusSocket()
{
    loop_.remove(socket_.get());
    ::unlink(path_.c_str());
}

Result<std::unique_ptr<StatusSocket>> StatusSocket::listen(const std::string &path, EventLoop &loop,
                                                           std::function<std::string()> report)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) {
        return fail(ENAMETOOLONG, "the status socket's path is too long");
    }
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) {
        return failErrno("the status socket");
    }
    const std::string folder = std::filesystem::path(path).parent_path();
    if (::mkdir(folder.c_str(), kFolderForAll) == 0) {
        // Whatever the umask says.
        static_cast<void>(::chmod(folder.c_str(), kFolderForAll));
    }
    ::unlink(path.c_str());
    if (::bind(socket.get(), reinterpret_cast<const sockaddr *>(&address), sizeof(address)) != 0 ||
        ::chmod(path.c_str(), kForAll) != 0 || ::listen(socket.get(), kBacklog) != 0) {
        return failErrno("listening at " + path);
    }
    const int fd = socket.get();
    std::unique_ptr<StatusSocket> status(
        new StatusSocket(std::move(socket), path, loop, std::move(report)));
    auto *self = status.get();
    if (auto added = loop.add(fd, EPOLLIN, [self](uint32_t /*events*/) { self->onClient(); });
        !added) {
        return tl::unexpected(added.error());
    }
    return status;
}

void StatusSocket::onClient()
{
    const UniqueFd client(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (client) {
        const std::string text = report_();
        // Fits into the socket's buffer, or is cut: the client sees that it is no document.
        static_cast<void>(
            ::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
    }
}

} // namespace daedalus::daemon
