// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "daedalus/result.h"
#include "daedalus/unique_fd.h"
#include "daedalus_v4l2_proto.h"

/// The files of the kernel module without what the daemon makes of them: messages are written
/// as they are, correct or not, and every error is the errno of the system call that failed.
namespace daedalus::pingpong {

/// A message of the wire protocol, as read from one of the module's files.
struct WireMessage {
    daedalus_msg_header header{};
    std::vector<std::byte> payload;

    /// The payload's first bytes as a structure of the protocol; zero where it is too short.
    template <typename T>
    [[nodiscard]] T as() const
    {
        T value{};
        std::memcpy(&value, payload.data(), std::min(sizeof(value), payload.size()));
        return value;
    }
};

/// Opens the control device, without blocking; EBUSY if somebody else owns it.
Result<UniqueFd> openControl(const std::string &path);

/// Header of a correct message.
daedalus_msg_header makeHeader(std::uint32_t type, std::uint32_t cookie, std::size_t payload);

/// Waits until @p events happen on @p fd; returns what happened, 0 after @p patience.
short waitFor(int fd, short events, std::chrono::milliseconds patience);

/// One read() of at most @p room bytes.
Result<WireMessage> readMessage(int fd, std::size_t room = sizeof(daedalus_msg_header) +
                                                           DAEDALUS_MSG_MAX_PAYLOAD);

/// Waits for a message and reads it; ETIMEDOUT after @p patience.
Result<WireMessage> waitMessage(int fd, std::chrono::milliseconds patience);

/// One write() of bytes as they are.
Result<void> writeRaw(int fd, std::span<const std::byte> bytes);

/// One write() of a header and a payload.
Result<void> writeMessage(int fd, const daedalus_msg_header &header,
                          std::span<const std::byte> payload = {});

/// One write() of a correct message.
template <typename T>
Result<void> writeMessage(int fd, std::uint32_t type, std::uint32_t cookie, const T &payload)
{
    return writeMessage(fd, makeHeader(type, cookie, sizeof(payload)),
                        std::as_bytes(std::span(&payload, 1)));
}

/// The value in a line "name value" of a file in debugfs.
Result<std::uint64_t> debugfsValue(const std::string &path, const std::string &name);

/// Has the module send a PING to the owner of the control device.
/// @param debugfs the module's directory there
Result<void> injectPing(const std::string &debugfs);

} // namespace daedalus::pingpong
