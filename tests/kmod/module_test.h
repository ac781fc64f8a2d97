// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <optional>

#include <gtest/gtest.h>

#include "tests/kmod/client.h"
#include "tests/kmod/test_broker.h"

namespace daedalus::test {

/// With a broker that the module knows.
class BrokerTest : public ::testing::Test {
protected:
    static constexpr std::uint32_t kBuffers = 4;

    void SetUp() override
    {
        ASSERT_TRUE(broker_.valid()) << "is a daemon running? errno " << broker_.error();
        ASSERT_TRUE(broker_.hello());
    }

    /// The broker hears that a session is over, and why.
    void expectClosed(std::uint32_t reason)
    {
        const auto closed = broker_.nextClose();
        ASSERT_TRUE(closed);
        EXPECT_EQ(closed->reason, reason);
    }

    TestBroker broker_;
};

/// With a client, too.
class SessionTest : public BrokerTest {
protected:
    void SetUp() override
    {
        ASSERT_NO_FATAL_FAILURE(BrokerTest::SetUp());
        ASSERT_TRUE(client_.valid());
    }

    /// Has the client stream, with so many buffers in each queue, and takes its session.
    void start(std::uint32_t count = kBuffers, std::uint32_t captureMemory = V4L2_MEMORY_MMAP)
    {
        ASSERT_TRUE(client_.start(count, captureMemory));
        takeSession();
    }

    /// worker_ is what the client's session has, see TestBroker::workerOf().
    void takeSession(const Submission &request = {})
    {
        auto worker = broker_.workerOf(client_, request);
        ASSERT_TRUE(worker) << worker.error().what();
        worker_ = std::move(*worker);
    }

    /// Queues the CAPTURE buffer of the submission's index and submits; what worker_ reads then.
    Result<WireMessage> request(const Submission &submission = {})
    {
        EXPECT_EQ(client_.queueCapture(submission.index), 0);
        EXPECT_EQ(client_.submit(submission), 0);
        return worker_->next();
    }

    /// The next picture that the client gets: is it marked as an error?
    void expectPicture(bool error)
    {
        const auto picture = client_.dequeue(kCapture);
        ASSERT_TRUE(picture);
        EXPECT_EQ(picture->error, error);
    }

    Client client_;
    std::optional<TestWorker> worker_;
};

} // namespace daedalus::test
