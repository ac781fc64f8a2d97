// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <functional>
#include <memory>
#include <thread>

#include "va-driver/job_queue.h"

namespace daedalus::va {

/// The thread of a backend context. Ends with its owner, whoever that is.
class WorkerThread {
public:
    /// @param loop works on the queue until it is stopped. It must own all that it
    /// uses, since the thread can outlive this object, see the destructor.
    WorkerThread(std::shared_ptr<JobQueue> queue, std::function<void()> loop);
    WorkerThread(WorkerThread &&) = delete;
    WorkerThread &operator=(WorkerThread &&) = delete;
    WorkerThread(const WorkerThread &) = delete;
    WorkerThread &operator=(const WorkerThread &) = delete;
    /// Stops the queue and waits for the thread. If it is the thread itself that
    /// drops the last reference to its owner, with the surface of a finished job,
    /// the thread is left to end by itself.
    ~WorkerThread();

private:
    std::shared_ptr<JobQueue> queue_;
    std::thread thread_;
};

} // namespace daedalus::va
