// SPDX-License-Identifier: BSD-2-Clause
#include "tools/chardev-pingpong/control_device.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace daedalus::pingpong {

Result<ControlDevice> ControlDevice::open(const std::string &path)
{
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
    if (!fd) {
        return failErrno(path);
    }
    return ControlDevice(std::move(fd));
}

daedalus_msg_header ControlDevice::header(std::uint32_t type, std::uint32_t cookie,
                                          std::size_t payload)
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

Result<Message> ControlDevice::read(std::size_t room)
{
    std::vector<std::byte> bytes(room);
    const ssize_t got = ::read(fd_.get(), bytes.data(), bytes.size());
    if (got < 0) {
        return failErrno("read");
    }
    Message message;
    const auto size = static_cast<std::size_t>(got);
    if (size < sizeof(message.header)) {
        return fail(EBADMSG,
                    "read returned " + std::to_string(size) + " bytes, less than a message header");
    }
    std::memcpy(&message.header, bytes.data(), sizeof(message.header));
    message.payload.assign(bytes.data() + sizeof(message.header), bytes.data() + size);
    return message;
}

bool ControlDevice::readable(std::chrono::milliseconds patience) const
{
    pollfd entry{fd_.get(), POLLIN, 0};
    return ::poll(&entry, 1, static_cast<int>(patience.count())) == 1 &&
           (entry.revents & POLLIN) != 0;
}

Result<Message> ControlDevice::wait(std::chrono::milliseconds patience)
{
    if (!readable(patience)) {
        return fail(ETIMEDOUT, "no message within " + std::to_string(patience.count()) + " ms");
    }
    return read();
}

Result<void> ControlDevice::write(const daedalus_msg_header &header,
                                  std::span<const std::byte> payload)
{
    std::vector<std::byte> bytes(sizeof(header) + payload.size());
    std::memcpy(bytes.data(), &header, sizeof(header));
    std::copy(payload.begin(), payload.end(), bytes.begin() + sizeof(header));
    return writeRaw(bytes);
}

Result<void> ControlDevice::writeRaw(std::span<const std::byte> bytes)
{
    const ssize_t put = ::write(fd_.get(), bytes.data(), bytes.size());
    if (put < 0) {
        return failErrno("write");
    }
    if (static_cast<std::size_t>(put) != bytes.size()) {
        return fail(EIO, "write took " + std::to_string(put) + " of " +
                             std::to_string(bytes.size()) + " bytes");
    }
    return {};
}

} // namespace daedalus::pingpong
