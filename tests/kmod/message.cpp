// SPDX-License-Identifier: BSD-2-Clause
#include "tests/kmod/message.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>

#include "daedalus/unique_fd.h"

namespace daedalus::test {

namespace {
constexpr const char *kDebugfs = "/sys/kernel/debug/daedalus_v4l2/";
} // namespace

short waitFor(int fd, short events, std::chrono::milliseconds patience)
{
    pollfd entry{fd, events, 0};
    return ::poll(&entry, 1, static_cast<int>(patience.count())) > 0 ? entry.revents : short{0};
}

std::optional<Message> readMessage(int fd, std::chrono::milliseconds patience)
{
    if ((waitFor(fd, POLLIN, patience) & (POLLIN | POLLHUP)) == 0) {
        errno = ETIMEDOUT;
        return std::nullopt;
    }
    std::vector<std::byte> bytes(sizeof(daedalus_msg_header) + DAEDALUS_MSG_MAX_PAYLOAD);
    const ssize_t got = ::read(fd, bytes.data(), bytes.size());
    if (got < static_cast<ssize_t>(sizeof(daedalus_msg_header))) {
        return std::nullopt;
    }
    Message message;
    std::memcpy(&message.header, bytes.data(), sizeof(message.header));
    message.payload.assign(bytes.begin() + sizeof(message.header), bytes.begin() + got);
    return message;
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

int writeRaw(int fd, std::span<const std::byte> bytes)
{
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0) {
        return errno;
    }
    return put == static_cast<ssize_t>(bytes.size()) ? 0 : EIO;
}

int writeMessage(int fd, const daedalus_msg_header &header, std::span<const std::byte> payload)
{
    std::vector<std::byte> bytes(sizeof(header) + payload.size());
    std::memcpy(bytes.data(), &header, sizeof(header));
    if (!payload.empty()) {
        std::memcpy(bytes.data() + sizeof(header), payload.data(), payload.size());
    }
    return writeRaw(fd, bytes);
}

long long debugfsValue(const char *file, const char *name)
{
    std::ifstream in(std::string(kDebugfs) + file);
    std::string key;
    long long value = 0;
    while (in >> key >> value) {
        if (key == name) {
            return value;
        }
    }
    return -1;
}

int injectPing()
{
    const UniqueFd fd(::open((std::string(kDebugfs) + "test_ping").c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd) {
        return errno;
    }
    return ::write(fd.get(), "1", 1) == 1 ? 0 : errno;
}

} // namespace daedalus::test
