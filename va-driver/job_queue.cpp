// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/job_queue.h"

namespace daedalus::va {

namespace {

/// Pictures that may wait. More would only cost memory: no decoder has that many in flight.
constexpr size_t kMaxWaiting = 16;

} // namespace

void JobQueue::setWakeUp(bool wakeUp)
{
    if (wakeUp && !wakeUp_) {
        wakeUpSet_.notify_one();
    }
    wakeUp_ = wakeUp;
}

void JobQueue::push(DecodeJob job)
{
    {
        std::unique_lock lock(mutex_);
        notFull_.wait(lock, [this] { return jobs_.size() < kMaxWaiting || stopped_; });
        if (!stopped_) {
            jobs_.push_back(std::move(job));
            setWakeUp(true);
            return;
        }
    }
    job.finish({ECANCELED, 0});
}

std::optional<DecodeJob> JobQueue::pop()
{
    const std::scoped_lock lock(mutex_);
    if (jobs_.empty()) {
        setWakeUp(stopped_);
        return std::nullopt;
    }
    DecodeJob job = std::move(jobs_.front());
    jobs_.pop_front();
    setWakeUp(!jobs_.empty() || stopped_);
    notFull_.notify_one();
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
        setWakeUp(true);
    }
    notFull_.notify_all();
    for (DecodeJob &job : waiting) {
        job.finish({ECANCELED, 0});
    }
}

void JobQueue::wake()
{
    const std::scoped_lock lock(mutex_);
    setWakeUp(true);
}

bool JobQueue::stopped() const
{
    const std::scoped_lock lock(mutex_);
    return stopped_;
}

void JobQueue::wait(std::chrono::milliseconds timeout)
{
    std::unique_lock lock(mutex_);
    const auto isSet = [this] { return wakeUp_; };
    if (timeout < std::chrono::milliseconds::zero()) {
        wakeUpSet_.wait(lock, isSet);
    } else {
        wakeUpSet_.wait_for(lock, timeout, isSet);
    }
}

} // namespace daedalus::va
