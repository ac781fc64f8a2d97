// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "daedalus/result.h"
#include "daedalus/unique_fd.h"
#include "daedalus_v4l2_proto.h"

namespace daedalus::daemon {

/// One message of the wire protocol whose framing was checked.
struct Message {
    uint32_t type = 0;                  ///< daedalus_msg_type, perhaps with DAEDALUS_MSG_RESPONSE
    uint32_t cookie = 0;                ///< repeated in the answer
    std::span<const std::byte> payload; ///< valid until the channel reads again
};

/// The payload of a message that carries exactly one T; nothing if its size differs.
template <typename T>
requires std::is_trivially_copyable_v<T> std::optional<T> payloadAs(const Message &message)
{
    if (message.payload.size() != sizeof(T)) {
        return std::nullopt;
    }
    T value;
    std::memcpy(&value, message.payload.data(), sizeof(T));
    return value;
}

/// Frames messages of the wire protocol on a file that keeps their boundaries:
/// the control device, a session file, a SOCK_SEQPACKET socket.
///
/// One thread at a time.
class MessageChannel {
public:
    /// Takes the file over and makes it non-blocking.
    explicit MessageChannel(UniqueFd fd);

    [[nodiscard]] int fd() const noexcept { return fd_.get(); }

    /// Reads one message without waiting.
    /// @returns nothing if none is there. Errors: ESHUTDOWN, the other side is gone
    /// for good; EBADMSG, wrong magic; EPROTO, unknown version; EMSGSIZE, the
    /// length is not what the header says; EINVAL, a reserved field is set.
    Result<std::optional<Message>> read();

    /// Writes one message.
    Result<void> write(uint32_t type, uint32_t cookie, std::span<const std::byte> payload);

    /// Writes one message whose payload is @p payload.
    template <typename T>
    requires(std::is_trivially_copyable_v<T> &&std::has_unique_object_representations_v<T>)
        Result<void> write(uint32_t type, uint32_t cookie, const T &payload)
    {
        return write(type, cookie, std::as_bytes(std::span(&payload, 1)));
    }

    /// Answers a PING with its PONG. EMSGSIZE: its payload is longer than 64 bytes.
    Result<void> answerPing(const Message &ping);

private:
    UniqueFd fd_;
    std::vector<std::byte> incoming_;
    std::vector<std::byte> outgoing_;
};

} // namespace daedalus::daemon
