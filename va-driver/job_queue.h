// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

#include "va-driver/backend.h"

namespace daedalus::va {

/// The pictures that wait for a backend's thread. Bounded. Any number of threads may push
/// and pop, one may wait().
class JobQueue {
public:
    /// Adds a job; blocks while the queue is full. After stop() the job is finished
    /// at once with ECANCELED.
    void push(DecodeJob job);

    /// Takes the oldest job; nothing if there is none.
    std::optional<DecodeJob> pop();
    [[nodiscard]] bool empty() const;

    /// Takes no more jobs: finishes those in the queue with ECANCELED and wakes all threads
    /// that are blocked here.
    void stop();
    [[nodiscard]] bool stopped() const;

    /// Ends the wait() under way, or else the next one, although there is no job.
    void wake();

    /// Waits until there is a job, or wake() or stop() was called. For one thread.
    /// @param timeout negative waits for ever
    void wait(std::chrono::milliseconds timeout);

private:
    /// @param wakeUp whether wait() has something to return for
    void setWakeUp(bool wakeUp);

    mutable std::mutex mutex_;
    std::condition_variable notFull_;
    std::condition_variable wakeUpSet_;
    std::deque<DecodeJob> jobs_;
    bool stopped_ = false;
    bool wakeUp_ = false;
};

} // namespace daedalus::va
