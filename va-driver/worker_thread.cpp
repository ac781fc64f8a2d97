// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/worker_thread.h"

#include <algorithm>
#include <utility>

#include <pthread.h>

namespace daedalus::va {

WorkerThreads::~WorkerThreads()
{
    for (Entry &entry : entries_) {
        entry.thread.join();
    }
}

std::thread::id WorkerThreads::start(std::function<void()> run)
{
    joinEnded();
    const std::scoped_lock lock(mutex_);
    Entry &entry = entries_.emplace_back();
    try {
        entry.thread = std::thread([&entry, run = std::move(run)]() mutable {
            ::pthread_setname_np(::pthread_self(), "daedalus-va");
            run();
            run = nullptr; // what it owns goes before the thread counts as ended
            entry.ended = true;
        });
    } catch (...) {
        entries_.pop_back();
        throw;
    }
    return entry.thread.get_id();
}

void WorkerThreads::join(std::thread::id id)
{
    if (id == std::this_thread::get_id()) {
        return;
    }
    std::list<Entry> joined;
    {
        const std::scoped_lock lock(mutex_);
        const auto entry = std::ranges::find_if(
            entries_, [id](const Entry &e) { return e.thread.get_id() == id; });
        if (entry == entries_.end()) {
            return;
        }
        joined.splice(joined.begin(), entries_, entry);
    }
    joined.front().thread.join();
}

void WorkerThreads::joinEnded()
{
    const std::scoped_lock lock(mutex_);
    std::erase_if(entries_, [](Entry &entry) {
        if (entry.ended) {
            entry.thread.join();
        }
        return !entry.thread.joinable();
    });
}

WorkerThread::WorkerThread(WorkerThreads &threads, std::shared_ptr<JobQueue> queue,
                           std::function<void()> loop)
    : threads_(threads), queue_(std::move(queue)), id_(threads_.start(std::move(loop)))
{}

WorkerThread::~WorkerThread()
{
    queue_->stop();
    threads_.join(id_);
}

} // namespace daedalus::va
