// SPDX-License-Identifier: BSD-2-Clause
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "gbm/dma_buf.h"
#include "va-driver/backend.h"
#include "va-driver/kernel_session.h"

namespace daedalus::va {

namespace {

using Clock = std::chrono::steady_clock;

/// How often to check whether the kernel makes progress at all.
constexpr std::chrono::milliseconds kProgressCheckInterval{1000};

/// How long a surface is waited for that a device still reads. After that the kernel has the
/// last word.
constexpr std::chrono::milliseconds kReaderTimeout{2000};

/// Drives a session on the client's threads: the one that submits a picture gives it to the
/// kernel, those that wait for one take results. That saves a thread of our own, and handing
/// each picture over twice. At most one thread polls the device; the others wait until that
/// one tells of a change.
class KernelContext : public BackendContext {
public:
    explicit KernelContext(std::unique_ptr<KernelSession> session) : session_(std::move(session)) {}

    void submit(DecodeJob job) override
    {
        const auto shared = std::make_shared<DecodeJob>(std::move(job));
        std::unique_lock lock(mutex_);
        bool waited = false;
        while (true) {
            const auto submission = session_->trySubmit(shared, waited);
            if (submission == KernelSession::Submission::Taken) {
                break;
            }
            if (submission == KernelSession::Submission::NeedsSurface) {
                lock.unlock();
                gbm::waitUntilWritable(shared->target->memory().fd(), kReaderTimeout);
                waited = true;
                lock.lock();
                continue;
            }
            const bool room = submission == KernelSession::Submission::NeedsBitstream;
            waitForChange(lock, room ? POLLIN | POLLOUT : POLLIN, std::nullopt);
        }
        changed_.notify_all();
    }

    bool decodeUntil(const std::function<bool()> &done, Deadline deadline) override
    {
        std::unique_lock lock(mutex_);
        bool polled = false;
        while (!done() && !(polled && deadline && Clock::now() >= *deadline)) {
            waitForChange(lock, POLLIN, deadline);
            polled = true;
        }
        return true;
    }

    void finishPending() override
    {
        std::unique_lock lock(mutex_);
        while (!session_->idle()) {
            waitForChange(lock, POLLIN, std::nullopt);
        }
    }

private:
    /// Waits until a job is submitted or finished: polls the device, or waits for the thread
    /// that does. May return early.
    /// @param events POLL* to poll for, if no other thread polls
    void waitForChange(std::unique_lock<std::mutex> &lock, short events, Deadline deadline)
    {
        if (!polling_ && (!session_->idle() || (events & POLLOUT) != 0)) {
            pollDevice(lock, events, deadline);
        } else if (deadline) {
            changed_.wait_until(lock, *deadline);
        } else {
            changed_.wait(lock);
        }
    }

    void pollDevice(std::unique_lock<std::mutex> &lock, short events, Deadline deadline)
    {
        auto limit = kProgressCheckInterval;
        if (deadline) {
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now());
            limit = std::clamp(left, std::chrono::milliseconds::zero(), limit);
        }
        pollfd entry{session_->fd(), events, 0};
        polling_ = true;
        lock.unlock();
        const int count = ::poll(&entry, 1, static_cast<int>(limit.count()));
        lock.lock();
        polling_ = false;
        if (count == 0) {
            session_->checkProgress();
        } else if ((entry.revents & ~POLLOUT) != 0) {
            session_->finishCompleted();
        }
        changed_.notify_all();
    }

    std::mutex mutex_; ///< for all that follows
    std::unique_ptr<KernelSession> session_;
    std::condition_variable changed_; ///< a job was submitted or finished, or polling_ reset
    bool polling_ = false;            ///< a thread polls the device, with the lock released
};

class KernelBackend : public Backend {
public:
    KernelBackend(const BackendEnvironment &environment, v4l2::DaedalusNodes nodes,
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
        auto session =
            KernelSession::create(nodes_, codec, environment_.allocator, environment_.logger);
        if (!session) {
            return tl::unexpected(session.error());
        }
        return std::make_unique<KernelContext>(std::move(*session));
    }

private:
    BackendEnvironment environment_;
    v4l2::DaedalusNodes nodes_;
    std::vector<uint32_t> codecs_; ///< V4L2 fourccs that the module takes
};

} // namespace

Result<std::unique_ptr<Backend>> createKernelBackend(const BackendEnvironment &environment)
{
    auto nodes = v4l2::findDaedalus();
    if (!nodes) {
        return tl::unexpected(nodes.error());
    }
    // Opening it tells now whether the node may be used.
    auto device = v4l2::V4l2Device::open(nodes->video);
    if (!device) {
        return tl::unexpected(device.error());
    }
    auto codecs = (*device)->formats(v4l2::QueueType::Output);
    if (!codecs) {
        return tl::unexpected(codecs.error());
    }
    environment.logger->info("kernel module at {} and {}", nodes->media, nodes->video);
    return std::make_unique<KernelBackend>(environment, std::move(*nodes), std::move(*codecs));
}

} // namespace daedalus::va
