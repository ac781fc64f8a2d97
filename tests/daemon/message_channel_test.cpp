// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/message_channel.h"

#include <gtest/gtest.h>

#include <csignal>

#include "tests/daemon/test_support.h"

namespace daedalus::test {
namespace {

using test::SocketPair;

class MessageChannelTest : public ::testing::Test {
protected:
    MessageChannelTest() : pair_(SocketPair::make()), channel_(std::move(pair_.first))
    {
        std::signal(SIGPIPE, SIG_IGN);
    }

    /// Sends raw bytes to the channel and returns the code of what it makes of them.
    int errorOf(const std::vector<std::byte> &bytes)
    {
        EXPECT_EQ(::write(pair_.second.get(), bytes.data(), bytes.size()),
                  static_cast<ssize_t>(bytes.size()));
        const auto message = channel_.read();
        return message ? 0 : message.error().code();
    }

    static daedalus_msg_header header(uint32_t payload)
    {
        return {.magic = DAEDALUS_MSG_MAGIC,
                .version = DAEDALUS_MSG_VERSION,
                .type = DAEDALUS_MSG_PING,
                .cookie = 5,
                .payload_len = payload,
                .reserved = 0};
    }

    static std::vector<std::byte> raw(const daedalus_msg_header &header, size_t payload)
    {
        std::vector<std::byte> bytes;
        test::append(bytes, header);
        bytes.resize(bytes.size() + payload);
        return bytes;
    }

    SocketPair pair_;
    daemon::MessageChannel channel_;
};

TEST_F(MessageChannelTest, NothingToReadIsNoError)
{
    const auto message = channel_.read();
    ASSERT_TRUE(message);
    EXPECT_FALSE(*message);
}

TEST_F(MessageChannelTest, CarriesTypeCookieAndPayload)
{
    daemon::MessageChannel other(std::move(pair_.second));
    const daedalus_resp_frame sent{.status = 3, .bytes_copied = 4};
    ASSERT_TRUE(other.write(DAEDALUS_MSG_RESP_FRAME, 99, sent));
    const auto message = channel_.read();
    ASSERT_TRUE(message && *message);
    EXPECT_EQ((*message)->type, DAEDALUS_MSG_RESP_FRAME);
    EXPECT_EQ((*message)->cookie, 99U);
    const auto received = payloadAs<daedalus_resp_frame>(**message);
    ASSERT_TRUE(received);
    EXPECT_EQ(received->status, 3U);
    EXPECT_EQ(received->bytes_copied, 4U);
    EXPECT_FALSE(payloadAs<daedalus_hello>(**message));
}

TEST_F(MessageChannelTest, CarriesTheLargestPayload)
{
    daemon::MessageChannel other(std::move(pair_.second));
    const std::vector<std::byte> payload(DAEDALUS_MSG_MAX_PAYLOAD, std::byte{0x5a});
    ASSERT_TRUE(other.write(DAEDALUS_MSG_REQ_DECODE, 1, payload));
    const auto message = channel_.read();
    ASSERT_TRUE(message && *message);
    EXPECT_TRUE(std::equal(payload.begin(), payload.end(), (*message)->payload.begin(),
                           (*message)->payload.end()));
    const std::vector<std::byte> tooLong(DAEDALUS_MSG_MAX_PAYLOAD + 1);
    const auto result = other.write(DAEDALUS_MSG_REQ_DECODE, 1, tooLong);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), EMSGSIZE);
}

TEST_F(MessageChannelTest, RejectsBadFraming)
{
    EXPECT_EQ(errorOf(raw(header(0), 0)), 0);
    EXPECT_EQ(errorOf(std::vector<std::byte>(3)), EMSGSIZE);
    EXPECT_EQ(errorOf(raw(header(0), 1)), EMSGSIZE);
    EXPECT_EQ(errorOf(raw(header(8), 4)), EMSGSIZE);
    EXPECT_EQ(errorOf(raw(header(0xffffffff), 4)), EMSGSIZE);

    daedalus_msg_header wrong = header(0);
    wrong.magic ^= 1;
    EXPECT_EQ(errorOf(raw(wrong, 0)), EBADMSG);
    wrong = header(0);
    wrong.version = DAEDALUS_MSG_VERSION + 1;
    EXPECT_EQ(errorOf(raw(wrong, 0)), EPROTO);
    wrong = header(0);
    wrong.reserved = 1;
    EXPECT_EQ(errorOf(raw(wrong, 0)), EINVAL);
}

TEST_F(MessageChannelTest, TellsThatTheOtherSideIsGone)
{
    pair_.second.reset();
    const auto message = channel_.read();
    ASSERT_FALSE(message);
    EXPECT_EQ(message.error().code(), ESHUTDOWN);
    const auto written = channel_.write(DAEDALUS_MSG_PING, 0, {});
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code(), EPIPE);
}

TEST_F(MessageChannelTest, AnswersPingWithItsOwnPayload)
{
    daemon::MessageChannel other(std::move(pair_.second));
    const std::vector<std::byte> payload(64, std::byte{7});
    ASSERT_TRUE(other.write(DAEDALUS_MSG_PING, 31, payload));
    auto ping = channel_.read();
    ASSERT_TRUE(ping && *ping);
    ASSERT_TRUE(channel_.answerPing(**ping));
    const auto pong = other.read();
    ASSERT_TRUE(pong && *pong);
    EXPECT_EQ((*pong)->type, DAEDALUS_MSG_PONG);
    EXPECT_EQ((*pong)->cookie, 31U);
    EXPECT_TRUE(std::equal(payload.begin(), payload.end(), (*pong)->payload.begin(),
                           (*pong)->payload.end()));

    ASSERT_TRUE(other.write(DAEDALUS_MSG_PING, 32, std::vector<std::byte>(65)));
    ping = channel_.read();
    ASSERT_TRUE(ping && *ping);
    EXPECT_FALSE(channel_.answerPing(**ping));
}

} // namespace
} // namespace daedalus::test
