// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

#include "backend.h"
#include "daedalus/result.h"
#include "daedalus/unique_fd.h"

namespace daedalus::va {

/// The pictures that wait for a backend's thread. Bounded. Any number of threads
/// push, one pops.
class JobQueue {
public:
    static Result<std::shared_ptr<JobQueue>> create();

    /// Adds a job; blocks while the queue is full. After stop() the job is finished
    /// at once with ECANCELED.
    void push(DecodeJob job);

    /// Takes the oldest job; nothing if there is none.
    std::optional<DecodeJob> pop();

    /// No more jobs: finishes those that wait with ECANCELED and wakes everybody.
    void stop();
    [[nodiscard]] bool stopped() const;

    /// Ends a wait() of now, or the next one, although there is no job.
    void nudge();

    /// Becomes readable as soon as there is a job, or nudge() or stop() was called.
    [[nodiscard]] int fd() const { return event_.get(); }

    /// Waits for fd(). @param timeout negative waits for ever
    void wait(std::chrono::milliseconds timeout) const;

private:
    explicit JobQueue(UniqueFd event) : event_(std::move(event)) {}
    void updateEvent(bool readable);

    mutable std::mutex mutex_;
    std::condition_variable room_;
    std::deque<DecodeJob> jobs_;
    bool stopped_ = false;
    bool readable_ = false;
    UniqueFd event_;
};

} // namespace daedalus::va
