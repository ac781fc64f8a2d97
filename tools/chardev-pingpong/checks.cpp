// SPDX-License-Identifier: BSD-2-Clause
#include "tools/chardev-pingpong/checks.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

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

Result<void> expectHeader(const Message &message, std::uint32_t type)
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

/// The value in a line "name value" of debugfs' test_ping.
Result<std::uint64_t> pingCounter(const Paths &paths, const std::string &key)
{
    std::ifstream file(paths.debugfs + "/test_ping");
    std::string word;
    std::uint64_t value = 0;
    while (file >> word >> value) {
        if (word == key) {
            return value;
        }
    }
    return fail(ENOENT, paths.debugfs + "/test_ping has no line \"" + key +
                            "\": is debugfs mounted, and are you root?");
}

Result<void> injectPing(const Paths &paths)
{
    const std::string path = paths.debugfs + "/test_ping";
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd || ::write(fd.get(), "1\n", 2) != 2) {
        return failErrno(path);
    }
    return {};
}

Result<void> secondOwner(const Paths &paths)
{
    return expectError(ControlDevice::open(paths.device), EBUSY);
}

Result<void> wrongField(ControlDevice &device, std::uint32_t daedalus_msg_header::*field,
                        std::uint32_t value, int expected)
{
    auto header = ControlDevice::header(DAEDALUS_MSG_PING, 1, 0);
    header.*field = value;
    return expectError(device.write(header), expected);
}

Result<void> wrongLengths(ControlDevice &device)
{
    constexpr auto kLength = &daedalus_msg_header::payload_len;
    const std::array<std::byte, sizeof(daedalus_msg_header) - 1> truncated{};
    return wrongField(device, kLength, 1, EMSGSIZE)
        .and_then(
            [&] { return wrongField(device, kLength, DAEDALUS_MSG_MAX_PAYLOAD + 1, EMSGSIZE); })
        .and_then([&] { return expectError(device.writeRaw(truncated), EMSGSIZE); });
}

Result<void> unknownVersions(ControlDevice &device)
{
    const daedalus_hello future{DAEDALUS_MSG_VERSION + 1, DAEDALUS_MSG_VERSION + 9, 0, 0};
    const auto bytes = std::as_bytes(std::span(&future, 1));
    return expectError(
        device.write(ControlDevice::header(DAEDALUS_MSG_HELLO, 1, bytes.size()), bytes), EPROTO);
}

Result<void> hello(ControlDevice &device)
{
    const daedalus_hello mine{DAEDALUS_MSG_VERSION, DAEDALUS_MSG_VERSION, 0, 0};
    const auto bytes = std::as_bytes(std::span(&mine, 1));
    auto sent = device.write(ControlDevice::header(DAEDALUS_MSG_HELLO, 4711, bytes.size()), bytes);
    if (!sent) {
        return sent;
    }
    const auto answer = device.wait(kPatience);
    if (!answer) {
        return tl::unexpected(answer.error());
    }
    daedalus_hello theirs{};
    std::memcpy(&theirs, answer->payload.data(), std::min(sizeof(theirs), answer->payload.size()));
    return expectHeader(*answer, DAEDALUS_MSG_HELLO_ACK)
        .and_then([&] { return expectField("cookie", answer->header.cookie, 4711); })
        .and_then(
            [&] { return expectField("payload_len", answer->header.payload_len, sizeof(theirs)); })
        .and_then(
            [&] { return expectField("min_version", theirs.min_version, DAEDALUS_MSG_VERSION); })
        .and_then(
            [&] { return expectField("max_version", theirs.max_version, DAEDALUS_MSG_VERSION); });
}

Result<void> pingKernel(ControlDevice &device)
{
    const std::array<std::byte, 64> payload{std::byte{0x5a}, std::byte{0}, std::byte{0xff}};
    auto sent =
        device.write(ControlDevice::header(DAEDALUS_MSG_PING, 12345, payload.size()), payload);
    if (!sent) {
        return sent;
    }
    const auto pong = device.wait(kPatience);
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

Result<void> shortRead(ControlDevice &device, const Paths &paths)
{
    return injectPing(paths)
        .and_then(
            [&] { return expectError(device.read(sizeof(daedalus_msg_header) - 1), EMSGSIZE); })
        .and_then([&]() -> Result<void> {
            const auto ping = device.read();
            if (!ping) {
                return fail(ping.error().code(), "the message was lost: " + ping.error().what());
            }
            return expectHeader(*ping, DAEDALUS_MSG_PING);
        });
}

Result<void> injectedPing(ControlDevice &device, const Paths &paths)
{
    const auto before = pingCounter(paths, "pongs");
    if (!before) {
        return tl::unexpected(before.error());
    }
    if (auto injected = injectPing(paths); !injected) {
        return injected;
    }
    const auto ping = device.wait(kPatience);
    if (!ping) {
        return tl::unexpected(ping.error());
    }
    if (auto checked = expectHeader(*ping, DAEDALUS_MSG_PING); !checked) {
        return checked;
    }
    auto sent = device.write(
        ControlDevice::header(DAEDALUS_MSG_PONG, ping->header.cookie, ping->payload.size()),
        ping->payload);
    if (!sent) {
        return sent;
    }
    const auto after = pingCounter(paths, "pongs");
    const auto last = pingCounter(paths, "last_pong");
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
        {"a second owner gets EBUSY", [=](ControlDevice &) { return secondOwner(paths); }},
        {"reading when empty gets EAGAIN",
         [](ControlDevice &device) { return expectError(device.read(), EAGAIN); }},
        {"HELLO with only unknown versions gets EPROTO", unknownVersions},
        {"HELLO is answered with HELLO_ACK", hello},
        {"PING is answered with PONG, same cookie and payload", pingKernel},
        {"bad magic gets EBADMSG",
         [](ControlDevice &device) { return wrongField(device, &Header::magic, 0, EBADMSG); }},
        {"unknown version gets EPROTO",
         [](ControlDevice &device) { return wrongField(device, &Header::version, 99, EPROTO); }},
        {"unknown type gets EINVAL",
         [](ControlDevice &device) {
             return wrongField(device, &Header::type, kUnknownType, EINVAL);
         }},
        {"reserved field not zero gets EINVAL",
         [](ControlDevice &device) { return wrongField(device, &Header::reserved, 1, EINVAL); }},
        {"wrong lengths get EMSGSIZE", wrongLengths},
        {"a short read gets EMSGSIZE and loses nothing",
         [=](ControlDevice &device) { return shortRead(device, paths); }},
        {"an injected PING arrives, and its PONG is counted",
         [=](ControlDevice &device) { return injectedPing(device, paths); }},
        {"the queue is empty in the end",
         [](ControlDevice &device) { return expectError(device.read(), EAGAIN); }},
    };
}

} // namespace daedalus::pingpong
