// SPDX-License-Identifier: BSD-2-Clause
//
// The control device: who may open it, and what it accepts.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "tests/kmod/client.h"
#include "tests/kmod/test_broker.h"

namespace daedalus::test {
namespace {

TEST(Control, HelloMakesTheBrokerReady)
{
    TestBroker broker;
    ASSERT_TRUE(broker.valid()) << "is a daemon running? errno " << broker.error();
    EXPECT_TRUE(broker.hello());
}

TEST(Control, SecondOwnerIsRefusedUntilTheFirstIsGone)
{
    TestBroker first;
    ASSERT_TRUE(first.valid());
    TestBroker second;
    EXPECT_FALSE(second.valid());
    EXPECT_EQ(second.error(), EBUSY);
    first.close();
    TestBroker third;
    EXPECT_TRUE(third.valid());
}

TEST(Control, EmptyReadDoesNotBlock)
{
    TestBroker broker;
    ASSERT_TRUE(broker.valid());
    EXPECT_EQ(waitFor(broker.fd(), POLLIN | POLLOUT, std::chrono::milliseconds(0)), POLLOUT);
    std::array<char, 256> buffer{};
    EXPECT_EQ(::read(broker.fd(), buffer.data(), buffer.size()), -1);
    EXPECT_EQ(errno, EAGAIN);
}

TEST(Control, BadHeadersAreRefused)
{
    TestBroker broker;
    ASSERT_TRUE(broker.valid());
    ASSERT_TRUE(broker.hello());
    const auto good = makeHeader(DAEDALUS_MSG_PING, 1, 0);

    auto header = good;
    header.magic ^= 1;
    EXPECT_EQ(writeMessage(broker.fd(), header), EBADMSG);
    header = good;
    header.version = 2;
    EXPECT_EQ(writeMessage(broker.fd(), header), EPROTO);
    header = good;
    header.reserved = 1;
    EXPECT_EQ(writeMessage(broker.fd(), header), EINVAL);
    header = good;
    header.type = 0x7777;
    EXPECT_EQ(writeMessage(broker.fd(), header), EINVAL);
    header = good;
    header.payload_len = 4;
    EXPECT_EQ(writeMessage(broker.fd(), header), EMSGSIZE);
    header.payload_len = 0xffffffff;
    EXPECT_EQ(writeMessage(broker.fd(), header), EMSGSIZE);

    const std::array<std::byte, 65> tooLong{};
    EXPECT_EQ(writeMessage(broker.fd(), makeHeader(DAEDALUS_MSG_PING, 1, 65), tooLong), EMSGSIZE);
    EXPECT_EQ(writeRaw(broker.fd(), std::span(tooLong).first(23)), EMSGSIZE);
    EXPECT_EQ(writeRaw(broker.fd(), std::span(tooLong).first(0)), EMSGSIZE);
    // None of it was taken for a message.
    EXPECT_FALSE(readMessage(broker.fd(), std::chrono::milliseconds(0)));
}

TEST(Control, UnknownVersionIsRefused)
{
    TestBroker broker;
    ASSERT_TRUE(broker.valid());
    EXPECT_EQ(writeMessage(broker.fd(), DAEDALUS_MSG_HELLO, 1, daedalus_hello{2, 9, 0, 0}), EPROTO);
    EXPECT_EQ(writeMessage(broker.fd(), DAEDALUS_MSG_HELLO, 1, daedalus_hello{0, 0, 0, 0}), EPROTO);
    EXPECT_EQ(writeMessage(broker.fd(), DAEDALUS_MSG_HELLO, 1, daedalus_hello{0, 9, 0, 0}), 0);
}

TEST(Control, PingIsAnsweredWithItsCookieAndPayload)
{
    TestBroker broker;
    ASSERT_TRUE(broker.hello());
    const std::array<unsigned char, 64> payload{1, 2, 3, 255};
    ASSERT_EQ(writeMessage(broker.fd(), DAEDALUS_MSG_PING, 4711, payload), 0);
    const auto pong = readMessage(broker.fd());
    ASSERT_TRUE(pong);
    EXPECT_EQ(pong->header.type, DAEDALUS_MSG_PONG);
    EXPECT_EQ(pong->header.cookie, 4711U);
    EXPECT_EQ((pong->as<std::array<unsigned char, 64>>()), payload);
}

TEST(Control, ShortReadLeavesTheMessageQueued)
{
    TestBroker broker;
    ASSERT_TRUE(broker.hello());
    ASSERT_EQ(injectPing(), 0);
    std::array<char, 23> buffer{};
    EXPECT_EQ(::read(broker.fd(), buffer.data(), buffer.size()), -1);
    EXPECT_EQ(errno, EMSGSIZE);
    const auto ping = readMessage(broker.fd());
    ASSERT_TRUE(ping);
    EXPECT_EQ(ping->header.type, DAEDALUS_MSG_PING);
}

TEST(Control, FaultingReadLeavesTheMessageQueued)
{
    TestBroker broker;
    ASSERT_TRUE(broker.hello());
    ASSERT_EQ(injectPing(), 0);
    void *const hole = ::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(hole, MAP_FAILED);
    EXPECT_EQ(::read(broker.fd(), hole, 4096), -1);
    EXPECT_EQ(errno, EFAULT);
    ::munmap(hole, 4096);
    EXPECT_TRUE(readMessage(broker.fd()));
}

TEST(Control, PongIsCounted)
{
    TestBroker broker;
    ASSERT_TRUE(broker.hello());
    const auto before = debugfsValue("test_ping", "pongs");
    ASSERT_EQ(injectPing(), 0);
    const auto ping = readMessage(broker.fd());
    ASSERT_TRUE(ping);
    ASSERT_EQ(writeMessage(broker.fd(), makeHeader(DAEDALUS_MSG_PONG, ping->header.cookie, 0)), 0);
    EXPECT_EQ(debugfsValue("test_ping", "pongs"), before + 1);
    EXPECT_EQ(debugfsValue("test_ping", "last_pong"), ping->header.cookie);
}

TEST(Control, QueueIsBounded)
{
    TestBroker broker;
    ASSERT_TRUE(broker.hello());
    int queued = 0;
    int error = 0;
    while (queued < 100000 && (error = injectPing()) == 0) {
        ++queued;
    }
    EXPECT_EQ(error, ENOSPC);
    EXPECT_GE(queued, 64);
    EXPECT_LE(queued, 1024);
    // A PONG has no room either, until something was read.
    EXPECT_EQ(writeMessage(broker.fd(), makeHeader(DAEDALUS_MSG_PING, 1, 0)), ENOSPC);
    ASSERT_TRUE(readMessage(broker.fd()));
    EXPECT_EQ(writeMessage(broker.fd(), makeHeader(DAEDALUS_MSG_PING, 1, 0)), 0);

    // Sessions have limits of their own: there is always room for them.
    while (injectPing() == 0) {
    }
    Client client;
    ASSERT_TRUE(client.valid());
    ASSERT_TRUE(client.start(1));
    ASSERT_EQ(client.queueCapture(0), 0);
    ASSERT_EQ(client.submit({}), 0);
    EXPECT_FALSE(client.dequeue(kCapture, std::chrono::milliseconds(50)));
}

TEST(Control, PingWithoutOwnerFails)
{
    EXPECT_EQ(injectPing(), ENOTCONN);
}

TEST(Control, UnknownIoctlsAndSessionsAreRefused)
{
    TestBroker broker;
    ASSERT_TRUE(broker.hello());
    EXPECT_FALSE(broker.take(4000000000U));
    EXPECT_EQ(errno, ENOENT);
    EXPECT_EQ(::ioctl(broker.fd(), DAEDALUS_IOC_SESSION_FD, nullptr), -1);
    EXPECT_EQ(errno, EFAULT);
    daedalus_get_dmabuf get{};
    EXPECT_EQ(::ioctl(broker.fd(), DAEDALUS_IOC_GET_DMABUF, &get), -1);
    EXPECT_EQ(errno, ENOTTY);
    EXPECT_EQ(
        writeMessage(broker.fd(), DAEDALUS_MSG_SESSION_OPEN_ACK, 9, daedalus_session_status{9, 5}),
        ENOENT);
    EXPECT_EQ(
        writeMessage(broker.fd(), DAEDALUS_MSG_SESSION_OPEN_ACK, 8, daedalus_session_status{9, 5}),
        EINVAL);
}

} // namespace
} // namespace daedalus::test
