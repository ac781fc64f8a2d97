// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/worker_thread.h"

#include <pthread.h>

namespace daedalus::va {

WorkerThread::WorkerThread(std::shared_ptr<JobQueue> queue, std::function<void()> loop)
    : queue_(std::move(queue)), thread_([loop = std::move(loop)] {
          ::pthread_setname_np(::pthread_self(), "daedalus-va");
          loop();
      })
{}

WorkerThread::~WorkerThread()
{
    queue_->stop();
    if (thread_.get_id() == std::this_thread::get_id()) {
        thread_.detach();
    } else {
        thread_.join();
    }
}

} // namespace daedalus::va
