// SPDX-License-Identifier: BSD-2-Clause
#include "tools/chardev-pingpong/checks.h"

#include <array>
#include <cerrno>
#include <cstring>

namespace daedalus::pingpong {

namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 2000ms;

std::string name(int error)
{
    return error == 0 ? "success" : std::strerror(error);
}

/// Turns a result that has to be an error into a success.
template <typename T>
Result<void> expectError(const Result<T> &result, int expected)
{
    const int got = result ? 0 : result.error().code();
    if (got == expected) {
        return {};
    }
    return fail(got == 0 ? EPROTO : got,
                "expected \"" + name(expected) + "\", got \"" + name(got) + "\"");
}

Result<void> expectField(const char *field, std::uint32_t got, std::uint32_t expected)
{
    if (got == expected) {
        return {};
    }
    return fail(EPROTO, std::string(field) + " is " + std::to_string(got) + ", expected " +
                            std::to_string(expected));
}

Result<void> expectHeader(const WireMessage &message, std::uint32_t type)
{
    const daedalus_msg_header &header = message.header;
    return expectField("magic", header.magic, DAEDALUS_MSG_MAGIC)
        .and_then([&] { return expectField("version", header.version, DAEDALUS_MSG_VERSION); })
        .and_then([&] { return expectField("type", header.type, type); })
        .and_then([&] {
            return expectField("payload_len", header.payload_len,
                               static_cast<std::uint32_t>(message.payload.size()));
        })
        .and_then([&] { return expectField("reserved", header.reserved, 0); });
}

Result<void> secondOwner(const Paths &paths)
{
    return expectError(openControl(paths.device), EBUSY);
}

Result<void> wrongField(int device, std::uint32_t daedalus_msg_header::*field, std::uint32_t value,
                        int expected)
{
    auto header = makeHeader(DAEDALUS_MSG_PING, 1, 0);
    header.*field = value;
    return expectError(writeMessage(device, header), expected);
}

Result<void> wrongLengths(int device)
{
    constexpr auto kLength = &daedalus_msg_header::payload_len;
    const std::array<std::byte, sizeof(daedalus_msg_header) - 1> truncated{};
    return wrongField(device, kLength, 1, EMSGSIZE)
        .and_then(
            [&] { return wrongField(device, kLength, DAEDALUS_MSG_MAX_PAYLOAD + 1, EMSGSIZE); })
        .and_then([&] { return expectError(writeRaw(device, truncated), EMSGSIZE); });
}

Result<void> unknownVersions(int device)
{
    const daedalus_hello future{DAEDALUS_MSG_VERSION + 1, DAEDALUS_MSG_VERSION + 9, 0, 0};
    return expectError(writeMessage(device, DAEDALUS_MSG_HELLO, 1, future), EPROTO);
}

Result<void> hello(int device)
{
    const daedalus_hello mine{DAEDALUS_MSG_VERSION, DAEDALUS_MSG_VERSION, 0, 0};
    auto sent = writeMessage(device, DAEDALUS_MSG_HELLO, 4711, mine);
    if (!sent) {
        return sent;
    }
    const auto answer = waitMessage(device, kPatience);
    if (!answer) {
        return tl::unexpected(answer.error());
    }
    const auto theirs = answer->as<daedalus_hello>();
    return expectHeader(*answer, DAEDALUS_MSG_HELLO_ACK)
        .and_then([&] { return expectField("cookie", answer->header.cookie, 4711); })
        .and_then(
            [&] { return expectField("payload_len", answer->header.payload_len, sizeof(theirs)); })
        .and_then(
            [&] { return expectField("min_version", theirs.min_version, DAEDALUS_MSG_VERSION); })
        .and_then(
            [&] { return expectField("max_version", theirs.max_version, DAEDALUS_MSG_VERSION); });
}

Result<void> pingKernel(int device)
{
    const std::array<std::byte, 64> payload{std::byte{0x5a}, std::byte{0}, std::byte{0xff}};
    auto sent = writeMessage(device, DAEDALUS_MSG_PING, 12345, payload);
    if (!sent) {
        return sent;
    }
    const auto pong = waitMessage(device, kPatience);
    if (!pong) {
        return tl::unexpected(pong.error());
    }
    auto checked = expectHeader(*pong, DAEDALUS_MSG_PONG).and_then([&] {
        return expectField("cookie", pong->header.cookie, 12345);
    });
    if (checked &&
        !std::equal(payload.begin(), payload.end(), pong->payload.begin(), pong->payload.end())) {
        return fail(EPROTO, "the payload came back changed");
    }
    return checked;
}

Result<void> shortRead(int device, const Paths &paths)
{
    return injectPing(paths.debugfs)
        .and_then([&] {
            return expectError(readMessage(device, sizeof(daedalus_msg_header) - 1), EMSGSIZE);
        })
        .and_then([&]() -> Result<void> {
            const auto ping = readMessage(device);
            if (!ping) {
                return fail(ping.error().code(), "the message was lost: " + ping.error().what());
            }
            return expectHeader(*ping, DAEDALUS_MSG_PING);
        });
}

Result<void> injectedPing(int device, const Paths &paths)
{
    const std::string counters = paths.debugfs + "/test_ping";
    const auto before = debugfsValue(counters, "pongs");
    if (!before) {
        return tl::unexpected(before.error());
    }
    if (auto injected = injectPing(paths.debugfs); !injected) {
        return injected;
    }
    const auto ping = waitMessage(device, kPatience);
    if (!ping) {
        return tl::unexpected(ping.error());
    }
    if (auto checked = expectHeader(*ping, DAEDALUS_MSG_PING); !checked) {
        return checked;
    }
    auto sent = writeMessage(
        device, makeHeader(DAEDALUS_MSG_PONG, ping->header.cookie, ping->payload.size()),
        ping->payload);
    if (!sent) {
        return sent;
    }
    const auto after = debugfsValue(counters, "pongs");
    const auto last = debugfsValue(counters, "last_pong");
    if (!after || !last) {
        return tl::unexpected(after ? last.error() : after.error());
    }
    if (*after != *before + 1) {
        return fail(EPROTO, "the kernel did not count the PONG");
    }
    return expectField("last_pong", static_cast<std::uint32_t>(*last), ping->header.cookie);
}

} // namespace

std::vector<Check> makeChecks(const Paths &paths)
{
    constexpr std::uint32_t kUnknownType = 0x7fff;
    using Header = daedalus_msg_header;
    return {
        {"a second owner gets EBUSY", [=](int /*device*/) { return secondOwner(paths); }},
        {"reading when empty gets EAGAIN",
         [](int device) { return expectError(readMessage(device), EAGAIN); }},
        {"HELLO with only unknown versions gets EPROTO", unknownVersions},
        {"HELLO is answered with HELLO_ACK", hello},
        {"PING is answered with PONG, same cookie and payload", pingKernel},
        {"bad magic gets EBADMSG",
         [](int device) { return wrongField(device, &Header::magic, 0, EBADMSG); }},
        {"unknown version gets EPROTO",
         [](int device) { return wrongField(device, &Header::version, 99, EPROTO); }},
        {"unknown type gets EINVAL",
         [](int device) { return wrongField(device, &Header::type, kUnknownType, EINVAL); }},
        {"reserved field not zero gets EINVAL",
         [](int device) { return wrongField(device, &Header::reserved, 1, EINVAL); }},
        {"wrong lengths get EMSGSIZE", wrongLengths},
        {"a short read gets EMSGSIZE and loses nothing",
         [=](int device) { return shortRead(device, paths); }},
        {"an injected PING arrives, and its PONG is counted",
         [=](int device) { return injectedPing(device, paths); }},
        {"the queue is empty in the end",
         [](int device) { return expectError(readMessage(device), EAGAIN); }},
    };
}

} // namespace daedalus::pingpong
