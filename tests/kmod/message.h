// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "daedalus_v4l2_proto.h"

namespace daedalus::test {

/// Longer than anything that the module does by itself, shorter than a human's patience.
constexpr std::chrono::milliseconds kPatience{5000};

/// A message of the wire protocol, as read from one of the module's files.
struct Message {
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

/// Waits until @p events happen on @p fd; returns what happened, 0 after @p patience.
short waitFor(int fd, short events, std::chrono::milliseconds patience = kPatience);

/// Reads one message; nothing after @p patience, or when read() failed (errno tells).
std::optional<Message> readMessage(int fd, std::chrono::milliseconds patience = kPatience);

/// Header of a message that goes to the module.
daedalus_msg_header makeHeader(std::uint32_t type, std::uint32_t cookie, std::size_t payload);

/// Writes bytes as they are; returns 0 or the errno.
int writeRaw(int fd, std::span<const std::byte> bytes);

/// Writes a header and a payload; returns 0 or the errno.
int writeMessage(int fd, const daedalus_msg_header &header, std::span<const std::byte> payload);

/// Writes a message; returns 0 or the errno.
template <typename T>
int writeMessage(int fd, std::uint32_t type, std::uint32_t cookie, const T &payload)
{
    return writeMessage(fd, makeHeader(type, cookie, sizeof(payload)),
                        std::as_bytes(std::span(&payload, 1)));
}

/// The value in a line "name value" of a file in the module's debugfs directory; -1 if none.
long long debugfsValue(const char *file, const char *name);

/// Sends a PING to the broker through debugfs; returns 0 or the errno.
int injectPing();

} // namespace daedalus::test
