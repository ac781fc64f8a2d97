// SPDX-License-Identifier: BSD-2-Clause
//
// Every way in which a broker or a worker can fail: the client goes on.
#include <gtest/gtest.h>

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <thread>

#include "tests/kmod/module_test.h"
#include "tests/kmod/parameter.h"

namespace daedalus::test {
namespace {

using Clock = std::chrono::steady_clock;

/// timeout_ms for as long as the test runs.
class TimeoutParameter : public Parameter {
public:
    explicit TimeoutParameter(int milliseconds) : Parameter("timeout_ms", milliseconds) {}
};

class Failure : public SessionTest {
protected:
    void submit(std::uint32_t count)
    {
        for (std::uint32_t i = 0; i < count; ++i) {
            ASSERT_EQ(client_.queueCapture(i), 0);
            ASSERT_EQ(client_.submit({.index = i}), 0);
        }
    }

    /// All of @p count requests end with an error within @p limit.
    void expectErrors(std::uint32_t count, std::chrono::milliseconds limit)
    {
        const auto start = Clock::now();
        for (std::uint32_t i = 0; i < count; ++i) {
            expectPicture(true);
            const auto bitstream = client_.dequeue(kOutput);
            ASSERT_TRUE(bitstream);
            EXPECT_TRUE(bitstream->error);
        }
        EXPECT_LT(Clock::now() - start, limit);
    }

    /// The client decodes one picture with this worker.
    void expectDecodes(TestWorker &worker)
    {
        ASSERT_EQ(client_.queueCapture(0), 0);
        ASSERT_EQ(client_.submit({.timestamp = 42000}), 0);
        const auto message = worker.next();
        ASSERT_TRUE(message);
        ASSERT_EQ(worker.respond(message->header.cookie), 0);
        expectPicture(false);
        ASSERT_TRUE(client_.dequeue(kOutput));
    }
};

constexpr std::chrono::milliseconds kAtOnce{1200};

TEST_F(Failure, NoBrokerFailsAtOnceAndABrokerThatComesIsUsed)
{
    broker_.close();
    ASSERT_TRUE(client_.start(kBuffers));
    submit(kBuffers);
    expectErrors(kBuffers, kAtOnce);

    broker_ = TestBroker();
    ASSERT_TRUE(broker_.valid());
    // Not before HELLO.
    submit(1);
    expectErrors(1, kAtOnce);
    ASSERT_TRUE(broker_.hello());
    ASSERT_EQ(client_.queueCapture(0), 0);
    ASSERT_EQ(client_.submit({}), 0);
    auto worker = broker_.nextWorker();
    ASSERT_TRUE(worker);
    const auto message = worker->next();
    ASSERT_TRUE(message);
    ASSERT_EQ(worker->respond(message->header.cookie), 0);
    EXPECT_FALSE(client_.dequeue(kCapture)->error);
}

TEST_F(Failure, BrokerThatRefusesFailsTheRequests)
{
    ASSERT_TRUE(client_.start(kBuffers));
    submit(2);
    const auto session = broker_.nextSession();
    ASSERT_TRUE(session);
    ASSERT_EQ(writeMessage(broker_.fd(), DAEDALUS_MSG_SESSION_OPEN_ACK, session->session_id,
                           daedalus_session_status{session->session_id, EAGAIN}),
              0);
    expectErrors(2, kAtOnce);
    ASSERT_TRUE(broker_.nextClose());
    EXPECT_FALSE(broker_.take(session->session_id));
    EXPECT_EQ(errno, ENOENT);
}

TEST_F(Failure, BrokerThatDiesFailsWhatNobodyTook)
{
    ASSERT_TRUE(client_.start(kBuffers));
    submit(2);
    ASSERT_TRUE(broker_.nextSession());
    broker_.close();
    expectErrors(2, kAtOnce);
}

TEST_F(Failure, WorkerOutlivesItsBroker)
{
    ASSERT_NO_FATAL_FAILURE(start());
    broker_.close();
    expectDecodes(*worker_);
    TestBroker next;
    ASSERT_TRUE(next.hello());
    expectDecodes(*worker_);
    // The new broker has no part in it, not even in its end.
    client_.close();
    EXPECT_FALSE(readMessage(next.fd(), std::chrono::milliseconds(50)));
}

TEST_F(Failure, WorkerThatDiesFailsTheRequestsAndIsReplaced)
{
    ASSERT_NO_FATAL_FAILURE(start());
    submit(kBuffers);
    ASSERT_TRUE(worker_->next());
    worker_->close();
    expectErrors(kBuffers, kAtOnce);
    expectClosed(DAEDALUS_CLOSE_WORKER);

    ASSERT_EQ(client_.queueCapture(1), 0);
    ASSERT_EQ(client_.submit({.index = 1}), 0);
    auto next = broker_.nextWorker();
    ASSERT_TRUE(next);
    const auto message = next->next();
    ASSERT_TRUE(message);
    // The new worker learns all buffers anew.
    EXPECT_TRUE(next->dmaBuf(message->as<daedalus_req_decode>().bitstream_id));
    ASSERT_EQ(next->respond(message->header.cookie), 0);
    EXPECT_FALSE(client_.dequeue(kCapture)->error);
}

TEST_F(Failure, SilentWorkerIsGivenUp)
{
    const TimeoutParameter timeout(300);
    const auto timeouts = debugfsValue("stats", "timeouts");
    ASSERT_NO_FATAL_FAILURE(start());
    submit(kBuffers);
    const auto message = worker_->next();
    ASSERT_TRUE(message);
    const auto start = Clock::now();
    expectErrors(kBuffers, std::chrono::milliseconds(1500));
    EXPECT_GT(Clock::now() - start, std::chrono::milliseconds(150));

    expectClosed(DAEDALUS_CLOSE_TIMEOUT);
    EXPECT_EQ(debugfsValue("stats", "timeouts"), timeouts + 1);
    EXPECT_EQ(waitFor(worker_->fd(), POLLIN) & (POLLHUP | POLLERR), POLLHUP | POLLERR);
    std::array<char, 64> buffer{};
    EXPECT_EQ(::read(worker_->fd(), buffer.data(), buffer.size()), -1);
    EXPECT_EQ(errno, ESHUTDOWN);
    EXPECT_EQ(worker_->respond(message->header.cookie), ESHUTDOWN);
}

TEST_F(Failure, WorkerThatSaysItIsAtWorkGetsTimeButNotForEver)
{
    const TimeoutParameter timeout(300);
    ASSERT_NO_FATAL_FAILURE(start());
    submit(2);
    ASSERT_TRUE(worker_->next());
    const auto start = Clock::now();
    while (waitFor(client_.fd(), POLLIN, std::chrono::milliseconds(50)) == 0) {
        ASSERT_LT(Clock::now() - start, std::chrono::seconds(10));
        static_cast<void>(writeMessage(worker_->fd(), makeHeader(DAEDALUS_MSG_PONG, 0, 0)));
    }
    // Ten times the timeout; far more than one, and not much more than that.
    EXPECT_GT(Clock::now() - start, std::chrono::milliseconds(2000));
    EXPECT_LT(Clock::now() - start, std::chrono::milliseconds(5000));
    expectErrors(2, kAtOnce);
    expectClosed(DAEDALUS_CLOSE_TIMEOUT);
}

TEST_F(Failure, BrokerThatTakesNoSessionIsGivenUp)
{
    const TimeoutParameter timeout(200);
    ASSERT_TRUE(client_.start(kBuffers));
    submit(2);
    expectErrors(2, std::chrono::milliseconds(1500));
    // The broker has not heard of the session yet, and will not any more.
    EXPECT_FALSE(readMessage(broker_.fd(), std::chrono::milliseconds(0)));
}

TEST_F(Failure, SlowWorkerIsNotGivenUp)
{
    const TimeoutParameter timeout(800);
    ASSERT_NO_FATAL_FAILURE(start());
    submit(kBuffers);
    for (std::uint32_t i = 0; i < kBuffers; ++i) {
        const auto message = worker_->next();
        ASSERT_TRUE(message);
        ::usleep(300000);
        ASSERT_EQ(worker_->respond(message->header.cookie), 0);
        expectPicture(false);
    }
    // Idle is not silent.
    ::usleep(1000000);
    ASSERT_TRUE(client_.dequeue(kOutput));
    expectDecodes(*worker_);
}

TEST_F(Failure, StreamoffTakesAllBack)
{
    ASSERT_NO_FATAL_FAILURE(start());
    for (const auto type : {kOutput, kCapture}) {
        submit(kBuffers);
        const auto message = worker_->next();
        ASSERT_TRUE(message);
        const auto start = Clock::now();
        std::thread answer([&] {
            ::usleep(200000);
            EXPECT_EQ(worker_->respond(message->header.cookie), 0);
        });
        // It waits for the picture that the worker is writing, and for no more.
        EXPECT_EQ(client_.stream(type, false), 0);
        EXPECT_GT(Clock::now() - start, std::chrono::milliseconds(150));
        EXPECT_LT(Clock::now() - start, std::chrono::milliseconds(1700));
        answer.join();
        EXPECT_FALSE(readMessage(worker_->fd(), std::chrono::milliseconds(0)));
        EXPECT_EQ(worker_->respond(message->header.cookie), ENOENT);
        ASSERT_EQ(client_.stream(type == kOutput ? kCapture : kOutput, false), 0);
        ASSERT_EQ(client_.stream(kOutput, true), 0);
        ASSERT_EQ(client_.stream(kCapture, true), 0);
        expectDecodes(*worker_);
    }
}

// Suspend stops all processes for longer than any worker may take.
TEST_F(Failure, FrozenWorkerIsNotLate)
{
    const TimeoutParameter timeout(300);
    const auto freeze = [](int value) {
        std::ofstream("/sys/kernel/debug/daedalus_v4l2/test_freeze") << value << std::flush;
    };
    ASSERT_NO_FATAL_FAILURE(start());
    submit(1);
    const auto message = worker_->next();
    ASSERT_TRUE(message);
    freeze(1);
    EXPECT_FALSE(client_.dequeue(kCapture, std::chrono::milliseconds(900)));
    freeze(0);
    // From now on its time counts.
    EXPECT_FALSE(client_.dequeue(kCapture, std::chrono::milliseconds(150)));
    expectErrors(1, kAtOnce);
}

TEST_F(Failure, StreamoffOfOneQueueReturnsTheOtherOnesBuffers)
{
    ASSERT_NO_FATAL_FAILURE(start());
    submit(2);
    ASSERT_EQ(client_.stream(kCapture, false), 0);
    for (int i = 0; i < 2; ++i) {
        const auto bitstream = client_.dequeue(kOutput);
        ASSERT_TRUE(bitstream);
        EXPECT_TRUE(bitstream->error);
        EXPECT_TRUE(client_.requestComplete(static_cast<std::size_t>(i)));
    }
}

} // namespace
} // namespace daedalus::test
