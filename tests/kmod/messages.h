// SPDX-License-Identifier: BSD-2-Clause
//
// What tools/chardev-pingpong reads and writes the module's files with, as these tests put it:
// with patience of their own, and with errno values to compare.
#pragma once

#include "tools/chardev-pingpong/module_files.h"

namespace daedalus::test {

using pingpong::makeHeader;
using pingpong::WireMessage;

/// Longer than anything that the module does by itself, shorter than a human's patience.
constexpr std::chrono::milliseconds kPatience{5000};

/// Waits until @p events happen on @p fd; returns what happened, 0 after @p patience.
inline short waitFor(int fd, short events, std::chrono::milliseconds patience = kPatience)
{
    return pingpong::waitFor(fd, events, patience);
}

/// Waits for a message and reads it.
inline Result<WireMessage> readMessage(int fd, std::chrono::milliseconds patience = kPatience)
{
    return pingpong::waitMessage(fd, patience);
}

/// The errno of what failed, 0 of what did not.
inline int errorOf(const Result<void> &result)
{
    return result ? 0 : result.error().code();
}

/// Writes bytes as they are; returns 0 or the errno.
inline int writeRaw(int fd, std::span<const std::byte> bytes)
{
    return errorOf(pingpong::writeRaw(fd, bytes));
}

/// Writes a header and a payload; returns 0 or the errno.
inline int writeMessage(int fd, const daedalus_msg_header &header,
                        std::span<const std::byte> payload = {})
{
    return errorOf(pingpong::writeMessage(fd, header, payload));
}

/// Writes a message; returns 0 or the errno.
template <typename T>
int writeMessage(int fd, std::uint32_t type, std::uint32_t cookie, const T &payload)
{
    return errorOf(pingpong::writeMessage(fd, type, cookie, payload));
}

inline const std::string kDebugfs = "/sys/kernel/debug/daedalus_v4l2";

/// The value in a line "name value" of a file in the module's debugfs directory; -1 if none.
inline long long debugfsValue(const std::string &file, const std::string &name)
{
    const auto value = pingpong::debugfsValue(kDebugfs + "/" + file, name);
    return value ? static_cast<long long>(*value) : -1;
}

/// Sends a PING to the broker through debugfs; returns 0 or the errno.
inline int injectPing()
{
    return errorOf(pingpong::injectPing(kDebugfs));
}

} // namespace daedalus::test
