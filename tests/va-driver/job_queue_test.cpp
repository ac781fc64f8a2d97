// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/job_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace daedalus::va {
namespace {

using namespace std::chrono_literals;

va::DecodeJob numbered(uint64_t number, std::atomic<int> &lastError)
{
    va::DecodeJob job;
    job.timestamp = number;
    job.finish = va::JobCompletion(
        [&lastError](const engine::DecodeResult &result) { lastError = result.error; });
    return job;
}

TEST(JobQueue, KeepsTheOrder)
{
    std::atomic<int> error = -1;
    const auto queue = std::make_shared<va::JobQueue>();
    queue->push(numbered(1, error));
    queue->push(numbered(2, error));
    const auto first = queue->pop();
    const auto second = queue->pop();
    EXPECT_EQ(1U, first->timestamp);
    EXPECT_EQ(2U, second->timestamp);
    EXPECT_FALSE(queue->pop());
    EXPECT_EQ(-1, error);
}

TEST(JobQueue, PushBlocksWhileItIsFull)
{
    std::atomic<int> error = -1;
    std::atomic<int> pushed = 0;
    const auto queue = std::make_shared<va::JobQueue>();
    std::thread client([&] {
        for (int i = 0; i < 100; ++i) {
            queue->push(numbered(static_cast<uint64_t>(i), error));
            ++pushed;
        }
    });
    std::this_thread::sleep_for(50ms);
    EXPECT_LT(pushed, 100);
    EXPECT_GT(pushed, 1);
    for (uint64_t i = 0; i < 100;) {
        queue->wait(1000ms);
        if (const auto job = queue->pop()) {
            EXPECT_EQ(i++, job->timestamp);
        }
    }
    client.join();
}

TEST(JobCompletion, TellsOnceWhateverHappens)
{
    int told = 0;
    int last = -1;
    const auto tell = [&](const engine::DecodeResult &result) {
        ++told;
        last = result.error;
    };
    {
        va::JobCompletion first(tell);
        va::JobCompletion second(std::move(first));
        first({EIO, 0});
        EXPECT_EQ(0, told);
        second({0, 0});
        second({EIO, 0});
    }
    EXPECT_EQ(1, told);
    EXPECT_EQ(0, last);
    {
        const va::JobCompletion lost(tell);
    }
    EXPECT_EQ(2, told);
    EXPECT_EQ(ENOMEM, last);
    va::JobCompletion replaced(tell);
    replaced = va::JobCompletion();
    EXPECT_EQ(3, told);
}

TEST(JobQueue, StopCancelsWhatWaitsAndWhoWaits)
{
    std::atomic<int> error = -1;
    const auto queue = std::make_shared<va::JobQueue>();
    queue->push(numbered(1, error));
    queue->stop();
    EXPECT_EQ(ECANCELED, error);
    error = -1;
    queue->push(numbered(2, error));
    EXPECT_EQ(ECANCELED, error);
    queue->wait(-1ms); // returns at once
    EXPECT_TRUE(queue->stopped());
    EXPECT_FALSE(queue->pop());
}

} // namespace
} // namespace daedalus::va
