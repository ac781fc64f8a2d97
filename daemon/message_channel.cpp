// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/message_channel.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>

namespace daedalus::daemon {

namespace {

constexpr size_t kMaxMessage = sizeof(daedalus_msg_header) + DAEDALUS_MSG_MAX_PAYLOAD;
constexpr size_t kMaxPingPayload = 64;

Result<Message> checkFraming(std::span<const std::byte> bytes)
{
    daedalus_msg_header header{};
    if (bytes.size() < sizeof(header)) {
        return fail(EMSGSIZE, "a message is shorter than its header");
    }
    std::memcpy(&header, bytes.data(), sizeof(header));
    if (header.magic != DAEDALUS_MSG_MAGIC) {
        return fail(EBADMSG, "a message does not start with the protocol's magic");
    }
    if (header.version != DAEDALUS_MSG_VERSION) {
        return fail(EPROTO,
                    "a message of unknown protocol version " + std::to_string(header.version));
    }
    if (header.payload_len != bytes.size() - sizeof(header)) {
        return fail(EMSGSIZE, "a message is not as long as its header says");
    }
    if (header.reserved != 0) {
        return fail(EINVAL, "a reserved field of a message is set");
    }
    return Message{
        .type = header.type, .cookie = header.cookie, .payload = bytes.subspan(sizeof(header))};
}

} // namespace

MessageChannel::MessageChannel(UniqueFd fd) : fd_(std::move(fd)), incoming_(kMaxMessage)
{
    const int flags = ::fcntl(fd_.get(), F_GETFL);
    if (flags >= 0) {
        ::fcntl(fd_.get(), F_SETFL, flags | O_NONBLOCK);
    }
}

Result<std::optional<Message>> MessageChannel::read()
{
    ssize_t length = 0;
    do {
        length = ::read(fd_.get(), incoming_.data(), incoming_.size());
    } while (length < 0 && errno == EINTR);
    if (length < 0) {
        switch (errno) {
        case EAGAIN:
            return std::optional<Message>();
        case ECONNRESET:
            return fail(ESHUTDOWN, "the other side is gone");
        default:
            return failErrno("reading a message");
        }
    }
    if (length == 0) {
        return fail(ESHUTDOWN, "the other side is gone");
    }
    auto message = checkFraming(std::span(incoming_).first(static_cast<size_t>(length)));
    if (!message) {
        return tl::unexpected(message.error());
    }
    return std::optional<Message>(*message);
}

Result<void> MessageChannel::write(uint32_t type, uint32_t cookie,
                                   std::span<const std::byte> payload)
{
    if (payload.size() > DAEDALUS_MSG_MAX_PAYLOAD) {
        return fail(EMSGSIZE, "a message is too long to be sent");
    }
    const daedalus_msg_header header{.magic = DAEDALUS_MSG_MAGIC,
                                     .version = DAEDALUS_MSG_VERSION,
                                     .type = type,
                                     .cookie = cookie,
                                     .payload_len = static_cast<uint32_t>(payload.size()),
                                     .reserved = 0};
    // One write() is one message, so that header and payload have to go together.
    const auto head = std::as_bytes(std::span(&header, 1));
    outgoing_.assign(head.begin(), head.end());
    outgoing_.insert(outgoing_.end(), payload.begin(), payload.end());
    ssize_t length = 0;
    do {
        length = ::write(fd_.get(), outgoing_.data(), outgoing_.size());
    } while (length < 0 && errno == EINTR);
    if (length < 0) {
        return failErrno("writing a message");
    }
    if (static_cast<size_t>(length) != outgoing_.size()) {
        return fail(EIO, "a message was written in part only");
    }
    return {};
}

Result<void> MessageChannel::answerPing(const Message &ping)
{
    if (ping.payload.size() > kMaxPingPayload) {
        return fail(EMSGSIZE, "a PING with too long a payload");
    }
    return write(DAEDALUS_MSG_PONG, ping.cookie, ping.payload);
}

} // namespace daedalus::daemon
