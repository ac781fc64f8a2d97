// SPDX-License-Identifier: BSD-2-Clause
#include "job_queue.h"

#include <poll.h>
#include <sys/eventfd.h>

namespace daedalus::va {

namespace {

/// Pictures that may wait. More would only cost memory: decoders work ahead by
/// fewer.
constexpr size_t kMaxWaiting = 16;

} // namespace

Result<std::shared_ptr<JobQueue>> JobQueue::create()
{
    UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!event) {
        return failErrno("eventfd");
    }
    return std::shared_ptr<JobQueue>(new JobQueue(std::move(event)));
}

void JobQueue::updateEvent(bool readable)
{
    if (readable == readable_) {
        return;
    }
    readable_ = readable;
    // Neither can fail: the counter is 0 or 1.
    eventfd_t value = 1;
    static_cast<void>(readable ? ::eventfd_write(event_.get(), value)
                               : ::eventfd_read(event_.get(), &value));
}

void JobQueue::push(DecodeJob job)
{
    {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [this] { return jobs_.size() < kMaxWaiting || stopped_; });
        if (!stopped_) {
            jobs_.push_back(std::move(job));
            updateEvent(true);
            return;
        }
    }
    job.finish({ECANCELED, 0});
}

std::optional<DecodeJob> JobQueue::pop()
{
    const std::scoped_lock lock(mutex_);
    if (jobs_.empty()) {
        updateEvent(stopped_);
        return std::nullopt;
    }
    DecodeJob job = std::move(jobs_.front());
    jobs_.pop_front();
    updateEvent(!jobs_.empty() || stopped_);
    room_.notify_one();
    return job;
}

void JobQueue::stop()
{
    std::deque<DecodeJob> waiting;
    {
        const std::scoped_lock lock(mutex_);
        stopped_ = true;
        waiting.swap(jobs_);
        updateEvent(true);
    }
    room_.notify_all();
    for (const DecodeJob &job : waiting) {
        job.finish({ECANCELED, 0});
    }
}

void JobQueue::nudge()
{
    const std::scoped_lock lock(mutex_);
    updateEvent(true);
}

bool JobQueue::stopped() const
{
    const std::scoped_lock lock(mutex_);
    return stopped_;
}

void JobQueue::wait(std::chrono::milliseconds timeout) const
{
    pollfd entry{event_.get(), POLLIN, 0};
    static_cast<void>(::poll(&entry, 1, static_cast<int>(timeout.count())));
}

} // namespace daedalus::va
