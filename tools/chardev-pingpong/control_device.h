// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "daedalus/result.h"
#include "daedalus/unique_fd.h"
#include "daedalus_v4l2_proto.h"

namespace daedalus::pingpong {

/// A message of the wire protocol.
struct Message {
    daedalus_msg_header header{};
    std::vector<std::byte> payload;
};

/// The module's control device, opened without blocking. Functions report the errno of the
/// system call that failed.
class ControlDevice {
public:
    /// Opens the device; EBUSY if somebody else owns it.
    static Result<ControlDevice> open(const std::string &path);

    /// Header of a correct message.
    static daedalus_msg_header header(std::uint32_t type, std::uint32_t cookie,
                                      std::size_t payload);

    /// One read() of at most @p room bytes.
    Result<Message> read(std::size_t room = sizeof(daedalus_msg_header) + DAEDALUS_MSG_MAX_PAYLOAD);

    /// Waits for a message and reads it; ETIMEDOUT after @p patience.
    Result<Message> wait(std::chrono::milliseconds patience);

    /// One write() of a header and a payload, correct or not.
    Result<void> write(const daedalus_msg_header &header, std::span<const std::byte> payload = {});

    /// One write() of bytes as they are.
    Result<void> writeRaw(std::span<const std::byte> bytes);

    /// Whether a message waits to be read.
    [[nodiscard]] bool readable(std::chrono::milliseconds patience) const;

private:
    explicit ControlDevice(UniqueFd fd) : fd_(std::move(fd)) {}

    UniqueFd fd_;
};

} // namespace daedalus::pingpong
