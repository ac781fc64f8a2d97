// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/worker_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace daedalus::va {
namespace {

using namespace std::chrono_literals;

TEST(WorkerThread, EndsWithItsOwner)
{
    va::WorkerThreads threads;
    const auto queue = std::make_shared<va::JobQueue>();
    std::atomic<bool> ended = false;
    {
        const va::WorkerThread thread(threads, queue, [queue, &ended] {
            while (!queue->stopped()) {
                queue->wait(-1ms);
            }
            ended = true;
        });
    }
    EXPECT_TRUE(ended);
}

TEST(WorkerThread, ThatDropsItsOwnerEndsWithTheDisplay)
{
    const auto queue = std::make_shared<va::JobQueue>();
    std::atomic<bool> ended = false;
    std::atomic<bool> dropped = false;
    {
        va::WorkerThreads threads;
        auto slot = std::make_shared<std::unique_ptr<va::WorkerThread>>();
        *slot = std::make_unique<va::WorkerThread>(threads, queue, [&, slot] {
            queue->wait(-1ms);
            slot->reset(); // destroys the WorkerThread in its own thread
            dropped = true;
            std::this_thread::sleep_for(100ms); // a slow way back from there
            ended = queue->stopped();
        });
        slot.reset();
        queue->wake();
        while (!dropped) {
            std::this_thread::sleep_for(1ms);
        }
    }
    EXPECT_TRUE(ended);
}

TEST(WorkerThread, ThreadsThatDroppedTheirOwnersDoNotPileUp)
{
    // What a thread owns goes when it ends, not when the display does.
    va::WorkerThreads threads;
    for (int i = 0; i < 3; ++i) {
        const auto queue = std::make_shared<va::JobQueue>();
        auto slot = std::make_shared<std::unique_ptr<va::WorkerThread>>();
        *slot = std::make_unique<va::WorkerThread>(threads, queue, [queue, slot] {
            queue->wait(-1ms);
            slot->reset();
        });
        slot.reset();
        queue->wake();
        for (int waits = 0; waits < 5000 && queue.use_count() > 1; ++waits) {
            std::this_thread::sleep_for(1ms);
        }
        EXPECT_EQ(1, queue.use_count());
    }
}

} // namespace
} // namespace daedalus::va
