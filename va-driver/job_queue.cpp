// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/job_queue.h"

namespace daedalus::va {

namespace {

/// Pictures that may wait. More would only cost memory: decoders work ahead by
/// fewer.
constexpr size_t kMaxWaiting = 16;

} // namespace

void JobQueue::setAwake(bool awake)
{
    if (awake && !awake_) {
        wake_.notify_one();
    }
    awake_ = awake;
}

void JobQueue::push(DecodeJob job)
{
    {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [this] { return jobs_.size() < kMaxWaiting || stopped_; });
        if (!stopped_) {
            jobs_.push_back(std::move(job));
            setAwake(true);
            return;
        }
    }
    job.finish({ECANCELED, 0});
}

std::optional<DecodeJob> JobQueue::pop()
{
    const std::scoped_lock lock(mutex_);
    if (jobs_.empty()) {
        setAwake(stopped_);
        return std::nullopt;
    }
    DecodeJob job = std::move(jobs_.front());
    jobs_.pop_front();
    setAwake(!jobs_.empty() || stopped_);
    room_.notify_one();
    return job;
}

bool JobQueue::empty() const
{
    const std::scoped_lock lock(mutex_);
    return jobs_.empty();
}

void JobQueue::stop()
{
    std::deque<DecodeJob> waiting;
    {
        const std::scoped_lock lock(mutex_);
        stopped_ = true;
        waiting.swap(jobs_);
        setAwake(true);
    }
    room_.notify_all();
    for (const DecodeJob &job : waiting) {
        job.finish({ECANCELED, 0});
    }
}

void JobQueue::nudge()
{
    const std::scoped_lock lock(mutex_);
    setAwake(true);
}

bool JobQueue::stopped() const
{
    const std::scoped_lock lock(mutex_);
    return stopped_;
}

void JobQueue::wait(std::chrono::milliseconds timeout)
{
    std::unique_lock lock(mutex_);
    const auto awake = [this] { return awake_; };
    if (timeout < std::chrono::milliseconds::zero()) {
        wake_.wait(lock, awake);
    } else {
        wake_.wait_for(lock, timeout, awake);
    }
}

} // namespace daedalus::va
