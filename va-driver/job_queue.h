// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

#include "va-driver/backend.h"

namespace daedalus::va {

/// The pictures that wait for a backend's thread. Bounded. Any number of threads
/// push and pop, one waits.
class JobQueue {
public:
    /// Adds a job; blocks while the queue is full. After stop() the job is finished
    /// at once with ECANCELED.
    void push(DecodeJob job);

    /// Takes the oldest job; nothing if there is none.
    std::optional<DecodeJob> pop();
    [[nodiscard]] bool empty() const;

    /// No more jobs: finishes those that wait with ECANCELED and wakes everybody.
    void stop();
    [[nodiscard]] bool stopped() const;

    /// Ends a wait() of now, or the next one, although there is no job.
    void nudge();

    /// Waits until there is a job, or nudge() or stop() was called. For one thread.
    /// @param timeout negative waits for ever
    void wait(std::chrono::milliseconds timeout);

private:
    /// @param awake whether wait() has something to return for
    void setAwake(bool awake);

    mutable std::mutex mutex_;
    std::condition_variable room_;
    std::condition_variable wake_;
    std::deque<DecodeJob> jobs_;
    bool stopped_ = false;
    bool awake_ = false;
};

} // namespace daedalus::va
