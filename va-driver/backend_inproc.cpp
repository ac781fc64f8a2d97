// SPDX-License-Identifier: BSD-2-Clause
#include <algorithm>
#include <atomic>
#include <cstring>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/decode_session.h"
#include "va-driver/backend.h"
#include "va-driver/job_queue.h"
#include "va-driver/once.h"
#include "va-driver/worker_thread.h"

namespace daedalus::va {

namespace {

/// How long a decoder that works ahead is left without input, while nobody waits
/// for a picture, before it is made to finish the oldest one that it has.
constexpr std::chrono::milliseconds kPatience{2};

/// Runs a decode session on the jobs of a queue: on a thread of its own, and on those that wait
/// for a picture, where it is their turn.
class SessionLoop {
public:
    SessionLoop(std::unique_ptr<engine::DecodeSession> session, std::shared_ptr<JobQueue> queue,
                std::shared_ptr<spdlog::logger> logger)
        : session_(std::move(session)), queue_(std::move(queue)), logger_(std::move(logger))
    {}

    /// Works until the queue is stopped.
    void run()
    {
        while (!queue_->stopped()) {
            if (const auto pause = work()) {
                queue_->wait(*pause);
                if (*pause == kPatience) {
                    finishForgotten();
                }
            }
        }
        const std::scoped_lock lock(mutex_);
        if (!unfinished_.empty()) {
            session_->drain();
        }
    }

    /// Works until @p done, if nobody does: whoever waits for a picture has nothing better to do,
    /// and need not be woken up afterwards.
    /// @returns whether it is done
    bool help(const std::function<bool()> &done)
    {
        const std::unique_lock lock(mutex_, std::try_to_lock);
        if (!lock) {
            return false;
        }
        while (!done()) {
            if (auto job = queue_->pop()) {
                decode(std::make_shared<DecodeJob>(std::move(*job)));
            } else if (!unfinished_.empty()) {
                session_->finishOldest();
            } else {
                return false; // it is about to be submitted
            }
        }
        if (!unfinished_.empty()) {
            queue_->nudge(); // the thread may not know of them
        }
        return true;
    }

private:
    using JobPointer = std::shared_ptr<DecodeJob>;

    /// Does what there is to do.
    /// @returns nothing if it did something, else for how long to wait for a job; negative: for
    /// ever
    std::optional<std::chrono::milliseconds> work()
    {
        const std::scoped_lock lock(mutex_);
        if (auto job = queue_->pop()) {
            decode(std::make_shared<DecodeJob>(std::move(*job)));
            return std::nullopt;
        }
        if (unfinished_.empty()) {
            return std::chrono::milliseconds(-1);
        }
        if (!someoneWaits()) {
            return kPatience;
        }
        session_->finishOldest();
        return std::nullopt;
    }

    /// If no job came meanwhile, the oldest picture should not wait for one.
    void finishForgotten()
    {
        const std::scoped_lock lock(mutex_);
        if (queue_->empty() && !unfinished_.empty()) {
            session_->finishOldest();
        }
    }

    [[nodiscard]] bool someoneWaits() const
    {
        return std::ranges::any_of(unfinished_,
                                   [](const JobPointer &job) { return job->target->awaited(); });
    }

    void finish(const JobPointer &job, const engine::DecodeResult &result)
    {
        if (result.error != 0) {
            logger_->log(complaint_.level(), "a picture could not be decoded: {}",
                         std::strerror(result.error));
        }
        job->finish(result);
        unfinished_.remove(job);
    }

    void decode(const JobPointer &job)
    {
        const bool clientIsAhead = !unfinished_.empty() || !queue_->empty();
        unfinished_.push_back(job);
        auto frame = job->target->memory().frame();
        if (!frame) {
            logger_->error("a surface cannot be mapped: {}", frame.error().what());
            finish(job, {frame.error().code(), 0});
            return;
        }
        engine::DecodeRequest request;
        request.controls = std::move(job->request.controls);
        request.bitstream = job->request.bitstream;
        request.target = std::move(*frame);
        request.codedWidth = job->request.codedWidth;
        request.codedHeight = job->request.codedHeight;
        request.timestamp = job->timestamp;
        request.clientIsAhead = clientIsAhead;
        // The job lives until then, and with it the bitstream.
        session_->submit(std::move(request),
                         [this, job](const engine::DecodeResult &result) { finish(job, result); });
    }

    std::mutex mutex_; ///< held by who works
    std::list<JobPointer> unfinished_;
    std::unique_ptr<engine::DecodeSession> session_;
    std::shared_ptr<JobQueue> queue_;
    std::shared_ptr<spdlog::logger> logger_;
    OnceLoud complaint_;
};

/// Counts the contexts of a display for as long as they are there.
class ContextCount {
public:
    explicit ContextCount(std::shared_ptr<std::atomic<unsigned>> count) : count_(std::move(count))
    {
        number_ = ++*count_;
    }
    ContextCount(ContextCount &&) noexcept = default;
    ContextCount &operator=(ContextCount &&) = delete;
    ContextCount(const ContextCount &) = delete;
    ContextCount &operator=(const ContextCount &) = delete;
    ~ContextCount()
    {
        if (count_) {
            --*count_;
        }
    }

    /// How many there were with this one, when it was made.
    [[nodiscard]] unsigned number() const { return number_; }

private:
    std::shared_ptr<std::atomic<unsigned>> count_; ///< null: moved from
    unsigned number_ = 0;
};

/// The CPUs are shared by those who play: threads beyond that only take turns. Contexts
/// that began earlier keep theirs.
unsigned threadsOf(unsigned contexts, unsigned wanted)
{
    const unsigned cpus = std::max(1U, std::thread::hardware_concurrency());
    return wanted != 0 ? wanted : (cpus + contexts - 1) / contexts;
}

class InProcessContext : public BackendContext {
public:
    InProcessContext(std::shared_ptr<JobQueue> queue, std::shared_ptr<SessionLoop> loop,
                     ContextCount count)
        : count_(std::move(count)), queue_(std::move(queue)), loop_(std::move(loop)),
          thread_(queue_, [loop = loop_] { loop->run(); })
    {}

    void submit(DecodeJob job) override { queue_->push(std::move(job)); }

    void hurry() override { queue_->nudge(); }

    bool help(const std::function<bool()> &done, Deadline deadline) override
    {
        // Nothing can take back a picture that was begun.
        return !deadline && loop_->help(done);
    }

private:
    ContextCount count_;
    std::shared_ptr<JobQueue> queue_;
    std::shared_ptr<SessionLoop> loop_;
    WorkerThread thread_;
};

class InProcessBackend : public Backend {
public:
    explicit InProcessBackend(const BackendEnvironment &environment) : environment_(environment) {}

    [[nodiscard]] std::string_view name() const override { return "inproc"; }

    [[nodiscard]] bool supports(const CodecInfo &codec) const override
    {
        const auto codecs = engine::DecodeSession::supportedCodecs();
        return std::ranges::find(codecs, codec.v4l2) != codecs.end();
    }

    [[nodiscard]] bool knowsBytesCopied() const override { return true; }

    Result<std::unique_ptr<BackendContext>> createContext(const CodecInfo &codec) override
    {
        auto queue = std::make_shared<JobQueue>();
        ContextCount count(contexts_);
        const unsigned threads = threadsOf(count.number(), environment_.settings.threads);
        auto session = engine::DecodeSession::create(codec.v4l2, {threads, environment_.logger});
        if (!session) {
            return tl::unexpected(session.error());
        }
        auto loop = std::make_shared<SessionLoop>(std::move(*session), queue, environment_.logger);
        return std::make_unique<InProcessContext>(std::move(queue), std::move(loop),
                                                  std::move(count));
    }

private:
    BackendEnvironment environment_;
    std::shared_ptr<std::atomic<unsigned>> contexts_ = std::make_shared<std::atomic<unsigned>>(0);
};

} // namespace

std::unique_ptr<Backend> createInProcessBackend(const BackendEnvironment &environment)
{
    return std::make_unique<InProcessBackend>(environment);
}

} // namespace daedalus::va
