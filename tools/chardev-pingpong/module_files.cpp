// SPDX-License-Identifier: BSD-2-Clause
#include "tools/chardev-pingpong/module_files.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

namespace daedalus::pingpong {

Result<UniqueFd> openControl(const std::string &path)
{
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
    if (!fd) {
        return failErrno(path);
    }
    return fd;
}

daedalus_msg_header makeHeader(std::uint32_t type, std::uint32_t cookie, std::size_t payload)
{
    return {
        .magic = DAEDALUS_MSG_MAGIC,
        .version = DAEDALUS_MSG_VERSION,
        .type = type,
        .cookie = cookie,
        .payload_len = static_cast<std::uint32_t>(payload),
        .reserved = 0,
    };
}

short waitFor(int fd, short events, std::chrono::milliseconds patience)
{
    pollfd entry{fd, events, 0};
    return ::poll(&entry, 1, static_cast<int>(patience.count())) > 0 ? entry.revents : short{0};
}

Result<WireMessage> readMessage(int fd, std::size_t room)
{
    std::vector<std::byte> bytes(room);
    const ssize_t got = ::read(fd, bytes.data(), bytes.size());
    if (got < 0) {
        return failErrno("read");
    }
    WireMessage message;
    const auto size = static_cast<std::size_t>(got);
    if (size < sizeof(message.header)) {
        return fail(EBADMSG,
                    "read returned " + std::to_string(size) + " bytes, less than a message header");
    }
    std::memcpy(&message.header, bytes.data(), sizeof(message.header));
    message.payload.assign(bytes.data() + sizeof(message.header), bytes.data() + size);
    return message;
}

Result<WireMessage> waitMessage(int fd, std::chrono::milliseconds patience)
{
    if ((waitFor(fd, POLLIN, patience) & (POLLIN | POLLHUP)) == 0) {
        return fail(ETIMEDOUT, "no message within " + std::to_string(patience.count()) + " ms");
    }
    return readMessage(fd);
}

Result<void> writeRaw(int fd, std::span<const std::byte> bytes)
{
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0) {
        return failErrno("write");
    }
    if (static_cast<std::size_t>(put) != bytes.size()) {
        return fail(EIO, "write took " + std::to_string(put) + " of " +
                             std::to_string(bytes.size()) + " bytes");
    }
    return {};
}

Result<void> writeMessage(int fd, const daedalus_msg_header &header,
                          std::span<const std::byte> payload)
{
    std::vector<std::byte> bytes(sizeof(header) + payload.size());
    std::memcpy(bytes.data(), &header, sizeof(header));
    std::copy(payload.begin(), payload.end(), bytes.begin() + sizeof(header));
    return writeRaw(fd, bytes);
}

Result<std::uint64_t> debugfsValue(const std::string &path, const std::string &name)
{
    std::ifstream file(path);
    std::string word;
    std::uint64_t value = 0;
    while (file >> word >> value) {
        if (word == name) {
            return value;
        }
    }
    return fail(ENOENT,
                path + " has no line \"" + name + "\": is debugfs mounted, and are you root?");
}

Result<void> injectPing(const std::string &debugfs)
{
    const std::string path = debugfs + "/test_ping";
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd || ::write(fd.get(), "1\n", 2) != 2) {
        return failErrno(path);
    }
    return {};
}

} // namespace daedalus::pingpong
