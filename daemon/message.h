// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

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

} // namespace daedalus::daemon
