// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/worker.h"

#include <gtest/gtest.h>

#include <csignal>
#include <functional>
#include <thread>

#include "tests/daemon/test_support.h"
#include "tests/support/silent_logger.h"

namespace daedalus::test {
namespace {

using test::SocketPair;

/// A worker with the real engine behind a socket; the test is the kernel module.
class WorkerTest : public ::testing::Test {
protected:
    void SetUp() override
    {
        std::signal(SIGPIPE, SIG_IGN);
        picture_ = test::memoryFile(test::kPictureBytes);
        bitstream_ = test::memoryFile(test::kBitstreamBytes);
        SocketPair session = SocketPair::make();
        lifeline_ = SocketPair::make();
        kernel_.emplace(std::move(session.first));
        thread_ = std::thread([this, fd = session.second.release()] {
            daemon::Worker worker(daemon::MessageChannel(UniqueFd(fd)), V4L2_PIX_FMT_H264_SLICE,
                                  {.threads = 1, .logger = test::silentLogger()},
                                  [this](uint32_t id) { return fetch(id); });
            outcome_ = worker.run(lifeline_.first.get());
        });
    }

    void TearDown() override
    {
        kernel_.reset();
        if (thread_.joinable()) {
            thread_.join();
        }
    }

    Result<daemon::SessionBuffer> fetch(uint32_t id) const
    {
        if (id == 1) {
            return daemon::SessionBuffer{.fd = test::duplicate(picture_),
                                         .size = test::kPictureBytes};
        }
        if (id == 7) {
            return daemon::SessionBuffer{.fd = test::duplicate(bitstream_),
                                         .size = test::kBitstreamBytes};
        }
        return fail(ENOENT, "no such buffer");
    }

    std::optional<daemon::Message> answer()
    {
        if (!test::waitReadable(kernel_->fd())) {
            return std::nullopt;
        }
        auto message = kernel_->read();
        return message ? *message : std::nullopt;
    }

    /// Sends a request; returns the errno value of the answer, or -1 if there is none.
    int decode(const std::vector<std::byte> &payload)
    {
        const uint32_t cookie = ++cookie_;
        EXPECT_TRUE(kernel_->write(DAEDALUS_MSG_REQ_DECODE, cookie, payload));
        const auto message = answer();
        if (!message || message->type != DAEDALUS_MSG_RESP_FRAME || message->cookie != cookie) {
            return -1;
        }
        const auto frame = payloadAs<daedalus_resp_frame>(*message);
        return frame ? static_cast<int>(frame->status) : -1;
    }

    int decodeWith(const std::function<void(daedalus_req_decode &)> &change)
    {
        daedalus_req_decode request = test::validRequest();
        change(request);
        return decode(test::bytesOf(request));
    }

    /// Waits for run() to return.
    const Result<void> &outcome()
    {
        thread_.join();
        return outcome_;
    }

    UniqueFd picture_;
    UniqueFd bitstream_;
    SocketPair lifeline_;
    std::optional<daemon::MessageChannel> kernel_;
    std::thread thread_;
    Result<void> outcome_;
    uint32_t cookie_ = 0;
};

TEST_F(WorkerTest, AnswersPing)
{
    ASSERT_TRUE(kernel_->write(DAEDALUS_MSG_PING, 77, {}));
    const auto pong = answer();
    ASSERT_TRUE(pong);
    EXPECT_EQ(pong->type, DAEDALUS_MSG_PONG);
    EXPECT_EQ(pong->cookie, 77U);
}

TEST_F(WorkerTest, EndsWhenTheSessionDoes)
{
    kernel_.reset();
    EXPECT_TRUE(outcome());
}

TEST_F(WorkerTest, EndsWhenTheBrokerDoes)
{
    lifeline_.second.reset();
    EXPECT_TRUE(outcome());
}

TEST_F(WorkerTest, EachHostileRequestGetsAnAnswer)
{
    EXPECT_EQ(decode({}), EINVAL);
    EXPECT_EQ(decode(std::vector<std::byte>(DAEDALUS_MSG_MAX_PAYLOAD, std::byte{0xff})), EINVAL);
    EXPECT_EQ(decodeWith([](auto &r) { r.codec = V4L2_PIX_FMT_VP8_FRAME; }), EINVAL);
    EXPECT_EQ(decodeWith([](auto &r) { r.num_planes = 3; }), EINVAL);
    EXPECT_EQ(decodeWith([](auto &r) { r.bitstream_offset = 4090; }), EINVAL);
    EXPECT_EQ(decodeWith([](auto &r) { r.bitstream_size = 0xffffffff; }), EINVAL);
    EXPECT_EQ(decodeWith([](auto &r) { r.bitstream_id = 8; }), ENOENT);
    EXPECT_EQ(decodeWith([](auto &r) { r.planes[0].buffer_id = 2; }), ENOENT);
    EXPECT_EQ(decodeWith([](auto &r) { r.planes[1].offset = 0xfffffff0; }), EINVAL);
    EXPECT_EQ(decodeWith([](auto &r) { r.planes[0].stride = 1; }), EINVAL);
    EXPECT_EQ(decodeWith([](auto &r) { r.height = 128; }), EINVAL);
}

TEST_F(WorkerTest, ARequestThatCannotBeDecodedIsAnErrorAndNotTheEnd)
{
    // Well formed, but neither controls nor bitstream are H.264.
    EXPECT_GT(decodeWith([](auto &) {}), 0);
    EXPECT_GT(decodeWith([](auto &r) { r.bitstream_offset = 50; }), 0);
    ASSERT_TRUE(kernel_->write(DAEDALUS_MSG_PING, 5, {}));
    const auto pong = answer();
    ASSERT_TRUE(pong);
    EXPECT_EQ(pong->type, DAEDALUS_MSG_PONG);
}

TEST_F(WorkerTest, ForgetsBuffersAndTakesThemAgain)
{
    const int first = decodeWith([](auto &) {});
    for (const uint32_t id : {1U, 7U, 9999U}) {
        ASSERT_TRUE(kernel_->write(DAEDALUS_MSG_BUFFER_FREE, 0,
                                   daedalus_buffer_free{.buffer_id = id, .reserved = 0}));
    }
    EXPECT_EQ(decodeWith([](auto &) {}), first);
}

TEST_F(WorkerTest, ManyRequestsAtOnceAreAnsweredInOrder)
{
    constexpr uint32_t kCount = 40;
    for (uint32_t i = 0; i < kCount; ++i) {
        daedalus_req_decode request = test::validRequest();
        request.bitstream_id = i % 3 == 0 ? 8 : 7;
        ASSERT_TRUE(kernel_->write(DAEDALUS_MSG_REQ_DECODE, i, test::bytesOf(request)));
    }
    for (uint32_t i = 0; i < kCount; ++i) {
        const auto message = answer();
        ASSERT_TRUE(message);
        EXPECT_EQ(message->cookie, i);
    }
}

TEST_F(WorkerTest, EndsOnAMessageThatIsNoMessage)
{
    ASSERT_EQ(::write(kernel_->fd(), "garbage", 7), 7);
    const auto &result = outcome();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), EMSGSIZE);
}

TEST_F(WorkerTest, EndsOnAMessageOfUnknownType)
{
    ASSERT_TRUE(kernel_->write(0x7777, 0, {}));
    const auto &result = outcome();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), EPROTO);
}

} // namespace
} // namespace daedalus::test
