// SPDX-License-Identifier: BSD-2-Clause
#include <poll.h>

#include <algorithm>
#include <array>

#include "backend.h"
#include "job_queue.h"
#include "kernel_session.h"
#include "worker_thread.h"

namespace daedalus::va {

namespace {

/// How often to look for what the kernel should have reported.
constexpr int kPollMilliseconds = 1000;

/// Feeds a session from a queue and takes its results; used by one thread.
class KernelLoop {
public:
    KernelLoop(std::unique_ptr<KernelSession> session, std::shared_ptr<JobQueue> queue)
        : session_(std::move(session)), queue_(std::move(queue))
    {}

    void run()
    {
        while (!queue_->stopped()) {
            submitAll();
            wait();
            session_->reap();
        }
        if (next_) {
            next_->finish({ECANCELED, 0});
        }
        session_->abort(ECANCELED);
    }

private:
    void submitAll()
    {
        while (true) {
            if (!next_) {
                auto job = queue_->pop();
                if (!job) {
                    return;
                }
                next_ = std::make_shared<DecodeJob>(std::move(*job));
            }
            if (!session_->trySubmit(next_)) {
                return;
            }
            next_.reset();
        }
    }

    /// Waits for a result, or for a job if there is room for one.
    void wait()
    {
        if (session_->idle() && next_) {
            return; // what it waited for was aborted
        }
        std::array<pollfd, 2> entries{{{session_->idle() ? -1 : session_->fd(), POLLIN, 0},
                                       {next_ ? -1 : queue_->fd(), POLLIN, 0}}};
        // A negative descriptor is left out.
        static_cast<void>(
            ::poll(entries.data(), entries.size(), session_->idle() ? -1 : kPollMilliseconds));
    }

    std::unique_ptr<KernelSession> session_;
    std::shared_ptr<JobQueue> queue_;
    std::shared_ptr<DecodeJob> next_; ///< taken from the queue, waits for buffers
};

class KernelContext : public BackendContext {
public:
    KernelContext(std::shared_ptr<JobQueue> queue, std::shared_ptr<KernelLoop> loop)
        : queue_(std::move(queue)), thread_(queue_, [loop = std::move(loop)] { loop->run(); })
    {}

    void submit(DecodeJob job) override { queue_->push(std::move(job)); }

private:
    std::shared_ptr<JobQueue> queue_;
    WorkerThread thread_;
};

class KernelBackend : public Backend {
public:
    KernelBackend(const BackendEnvironment &environment, DaedalusNodes nodes,
                  std::vector<uint32_t> codecs)
        : environment_(environment), nodes_(std::move(nodes)), codecs_(std::move(codecs))
    {}

    [[nodiscard]] std::string_view name() const override { return "kernel"; }

    [[nodiscard]] bool supports(const CodecInfo &codec) const override
    {
        return std::ranges::find(codecs_, codec.v4l2) != codecs_.end();
    }

    [[nodiscard]] bool knowsBytesCopied() const override { return false; }

    Result<std::unique_ptr<BackendContext>> createContext(const CodecInfo &codec) override
    {
        auto queue = JobQueue::create();
        if (!queue) {
            return tl::unexpected(queue.error());
        }
        auto session =
            KernelSession::create(nodes_, codec, environment_.allocator, environment_.logger);
        if (!session) {
            return tl::unexpected(session.error());
        }
        auto loop = std::make_shared<KernelLoop>(std::move(*session), *queue);
        return std::make_unique<KernelContext>(std::move(*queue), std::move(loop));
    }

private:
    BackendEnvironment environment_;
    DaedalusNodes nodes_;
    std::vector<uint32_t> codecs_; ///< V4L2 fourccs that the module takes
};

} // namespace

Result<std::unique_ptr<Backend>> createKernelBackend(const BackendEnvironment &environment)
{
    auto nodes = findDaedalus();
    if (!nodes) {
        return tl::unexpected(nodes.error());
    }
    // Opened for real: a node that may not be used has to show now.
    auto device = V4l2Device::open(nodes->video);
    if (!device) {
        return tl::unexpected(device.error());
    }
    auto codecs = (*device)->formats(QueueType::Output);
    if (!codecs) {
        return tl::unexpected(codecs.error());
    }
    environment.logger->info("kernel module at {} and {}", nodes->media, nodes->video);
    return std::make_unique<KernelBackend>(environment, std::move(*nodes), std::move(*codecs));
}

} // namespace daedalus::va
