// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "va-driver/job_queue.h"

namespace daedalus::va {

/// All threads that one display has started. None of them outlives it: libva unloads the
/// driver, and with it the code that a thread runs, when vaTerminate() returns. Thread-safe.
class WorkerThreads {
public:
    WorkerThreads() = default;
    WorkerThreads(const WorkerThreads &) = delete;
    WorkerThreads &operator=(const WorkerThreads &) = delete;
    /// Waits for the threads that join() left running. All of them have to be about to end.
    ~WorkerThreads();

    /// @return the new thread, for join()
    std::thread::id start(std::function<void()> run);
    /// Waits until a thread has ended. Called on that thread itself it does nothing.
    void join(std::thread::id id);

private:
    struct Entry {
        std::thread thread;
        std::atomic<bool> ended = false;
    };

    void joinEnded();

    std::mutex mutex_;
    std::list<Entry> entries_; ///< with addresses that stay
};

/// The thread of a backend context, which works on a JobQueue.
class WorkerThread {
public:
    /// @param threads outlives this
    /// @param loop works on the queue until that is stopped. It must own all that it uses:
    /// the thread can outlive this object, see the destructor.
    WorkerThread(WorkerThreads &threads, std::shared_ptr<JobQueue> queue,
                 std::function<void()> loop);
    WorkerThread(const WorkerThread &) = delete;
    WorkerThread &operator=(const WorkerThread &) = delete;
    /// Stops the queue and waits for the thread. Where the thread itself drops the last
    /// reference to its owner, with the surface of a finished job, WorkerThreads waits.
    ~WorkerThread();

private:
    WorkerThreads &threads_;
    std::shared_ptr<JobQueue> queue_;
    std::thread::id id_;
};

} // namespace daedalus::va
