// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "daedalus/result.h"
#include "daedalus/unique_fd.h"
#include "daemon/message_channel.h"

namespace daedalus::daemon {

/// The kernel module's control device, which has one owner: the broker.
///
/// One thread at a time.
class ControlDevice {
public:
    /// Opens the device and negotiates the protocol's version. The Error tells what to
    /// do: ENOENT or ENXIO, no module; EBUSY, another daemon has it; EPROTO, the
    /// module speaks another version; ETIMEDOUT, it does not answer within
    /// @p timeout.
    static Result<ControlDevice> open(const std::string &path, std::chrono::milliseconds timeout);

    [[nodiscard]] int fd() const noexcept { return channel_.fd(); }

    /// The next message, nothing if there is none. As MessageChannel::read().
    Result<std::optional<Message>> read() { return channel_.read(); }
    /// As MessageChannel::answerPing().
    Result<void> answerPing(const Message &ping) { return channel_.answerPing(ping); }

    /// Takes the file of a session that SESSION_OPEN announced. ENOENT: its client
    /// is gone meanwhile.
    Result<UniqueFd> takeSession(uint32_t sessionId);

    /// Tells the kernel that a session cannot be served.
    /// @param cookie of SESSION_OPEN
    /// @param status positive errno value
    Result<void> refuseSession(uint32_t cookie, uint32_t sessionId, int status);

private:
    explicit ControlDevice(MessageChannel channel) : channel_(std::move(channel)) {}

    Result<void> negotiateVersion(std::chrono::milliseconds timeout);

    MessageChannel channel_;
};

} // namespace daedalus::daemon
