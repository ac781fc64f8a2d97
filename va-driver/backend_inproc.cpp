// SPDX-License-Identifier: BSD-2-Clause
#include <algorithm>
#include <atomic>
#include <cstring>
#include <exception>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/client_pace.h"
#include "engine/decode_session.h"
#include "va-driver/backend.h"
#include "va-driver/job_queue.h"
#include "va-driver/log.h"
#include "va-driver/worker_thread.h"

namespace daedalus::va {

namespace {

/// Makes the decode session of a stream.
using SessionMaker = std::function<Result<std::unique_ptr<engine::DecodeSession>>()>;

/// Runs a decode session on the jobs of a queue. Usually the backend's own thread does, in
/// run(); a client's thread that waits for a picture may do so meanwhile, in decodeUntil().
///
/// No exception leaves it. What was in flight when one came ends with an error, and the stream
/// goes on in a session of its own, as it does after a worker has failed.
class SessionLoop {
public:
    SessionLoop(SessionMaker makeSession, std::unique_ptr<engine::DecodeSession> session,
                std::shared_ptr<JobQueue> queue, std::shared_ptr<spdlog::logger> logger)
        : makeSession_(std::move(makeSession)), session_(std::move(session)),
          queue_(std::move(queue)), logger_(std::move(logger))
    {}

    /// Decodes until the queue is stopped.
    void run()
    {
        while (!queue_->stopped()) {
            if (const auto pause = decodeNext()) {
                queue_->wait(*pause);
                if (*pause == engine::kIdleTimeout) {
                    finishOldestIfIdle();
                }
            }
        }
        const std::scoped_lock lock(mutex_);
        if (!unfinished_.empty()) {
            guarded([this] { session_->drain(); });
        }
    }

    /// As BackendContext::decodeUntil(). A thread that waits for a picture and decodes it by
    /// itself need not be woken up afterwards.
    bool decodeUntil(const std::function<bool()> &done)
    {
        const std::unique_lock lock(mutex_, std::try_to_lock);
        if (!lock) {
            return false;
        }
        while (!done()) {
            if (auto job = queue_->pop()) {
                decode(std::move(*job));
            } else if (!unfinished_.empty()) {
                finishOldest();
            } else {
                return false; // the job is about to be submitted
            }
        }
        if (!unfinished_.empty()) {
            queue_->wake(); // run() may not know of them
        }
        return true;
    }

private:
    using JobPointer = std::shared_ptr<DecodeJob>;

    /// Decodes one job, or finishes the oldest picture in flight if a client waits for one.
    /// @returns nothing if it did either, else for how long to wait for a job; negative: for
    /// ever
    std::optional<std::chrono::milliseconds> decodeNext()
    {
        const std::scoped_lock lock(mutex_);
        if (auto job = queue_->pop()) {
            decode(std::move(*job));
            return std::nullopt;
        }
        if (unfinished_.empty()) {
            return std::chrono::milliseconds(-1);
        }
        if (!isClientWaiting()) {
            return engine::kIdleTimeout;
        }
        finishOldest();
        return std::nullopt;
    }

    /// Finishes the oldest picture in flight if there is no job to do first.
    void finishOldestIfIdle()
    {
        const std::scoped_lock lock(mutex_);
        if (queue_->empty() && !unfinished_.empty()) {
            finishOldest();
        }
    }

    [[nodiscard]] bool isClientWaiting() const
    {
        return std::ranges::any_of(unfinished_,
                                   [](const JobPointer &job) { return job->target->hasWaiter(); });
    }

    /// Calls what uses the session. After an exception nobody knows what state that is in.
    template <typename Function>
    void guarded(Function function)
    {
        try {
            function();
        } catch (const std::exception &exception) {
            logger_->error("decoding failed: {}", exception.what());
            session_.reset();
            unfinished_.clear(); // jobs that are dropped have ended
        }
    }

    void finishOldest()
    {
        guarded([this] { session_->finishOldest(); });
    }

    void finish(const JobPointer &job, const engine::DecodeResult &result)
    {
        if (result.error != 0) {
            logger_->log(failureLog_.level(), "a picture could not be decoded: {}",
                         std::strerror(result.error));
        }
        job->finish(result);
        unfinished_.remove(job);
    }

    void decode(DecodeJob job)
    {
        guarded([&] { begin(std::make_shared<DecodeJob>(std::move(job))); });
    }

    void begin(const JobPointer &job)
    {
        const bool clientIsAhead = !unfinished_.empty() || !queue_->empty();
        unfinished_.push_back(job);
        if (!session_) {
            auto session = makeSession_();
            if (!session) {
                return finish(job, {session.error().code(), 0});
            }
            session_ = std::move(*session);
        }
        auto frame = job->target->memory().frame();
        if (!frame) {
            logger_->error("a surface cannot be mapped: {}", frame.error().what());
            return finish(job, {frame.error().code(), 0});
        }
        engine::DecodeRequest request;
        request.controls = std::move(job->request.controls);
        request.bitstream = job->request.bitstream;
        request.target = std::move(*frame);
        request.codedWidth = job->request.codedWidth;
        request.codedHeight = job->request.codedHeight;
        request.timestamp = job->timestamp;
        request.clientIsAhead = clientIsAhead;
        // The completion keeps the job, and with it the bitstream, alive.
        session_->submit(std::move(request),
                         [this, job](const engine::DecodeResult &result) { finish(job, result); });
    }

    std::mutex mutex_;                 ///< for all below; held by the thread that decodes
    std::list<JobPointer> unfinished_; ///< taken from the queue, oldest first
    SessionMaker makeSession_;
    std::unique_ptr<engine::DecodeSession> session_; ///< null after an exception
    std::shared_ptr<JobQueue> queue_;
    std::shared_ptr<spdlog::logger> logger_;
    WarnOnce failureLog_;
};

/// Counts itself among the contexts of a display as long as it lives.
class ContextCount {
public:
    explicit ContextCount(std::shared_ptr<std::atomic<unsigned>> count) : count_(std::move(count))
    {
        number_ = ++*count_;
    }
    ContextCount(ContextCount &&) noexcept = default;
    ContextCount(const ContextCount &) = delete;
    ContextCount &operator=(const ContextCount &) = delete;
    ~ContextCount()
    {
        if (count_) {
            --*count_;
        }
    }

    /// How many contexts there were with this one, when it was made.
    [[nodiscard]] unsigned number() const { return number_; }

private:
    std::shared_ptr<std::atomic<unsigned>> count_; ///< null: moved from
    unsigned number_ = 0;
};

/// Decoder threads of a new context: the contexts of a display share the CPUs, since more
/// threads than CPUs would only take turns. Contexts that began earlier keep theirs.
/// @param contexts with the new one
/// @param wanted by the user's settings, 0: no wish
unsigned threadsForContext(unsigned contexts, unsigned wanted)
{
    const unsigned cpus = std::max(1U, std::thread::hardware_concurrency());
    return wanted != 0 ? wanted : (cpus + contexts - 1) / contexts;
}

class InProcessContext : public BackendContext {
public:
    InProcessContext(WorkerThreads &threads, std::shared_ptr<JobQueue> queue,
                     std::shared_ptr<SessionLoop> loop, ContextCount count)
        : count_(std::move(count)), queue_(std::move(queue)), loop_(std::move(loop)),
          thread_(threads, queue_, [loop = loop_] { loop->run(); })
    {}

    void submit(DecodeJob job) override { queue_->push(std::move(job)); }

    void expedite() override { queue_->wake(); }

    bool decodeUntil(const std::function<bool()> &done, Deadline deadline) override
    {
        // A picture that was begun cannot be left at the deadline.
        return !deadline && loop_->decodeUntil(done);
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
        const unsigned threads = threadsForContext(count.number(), environment_.settings.threads);
        SessionMaker makeSession = [fourcc = codec.v4l2, threads, logger = environment_.logger] {
            return engine::DecodeSession::create(fourcc, {threads, logger});
        };
        auto session = makeSession();
        if (!session) {
            return tl::unexpected(session.error());
        }
        auto loop = std::make_shared<SessionLoop>(std::move(makeSession), std::move(*session),
                                                  queue, environment_.logger);
        return std::make_unique<InProcessContext>(threads_, std::move(queue), std::move(loop),
                                                  std::move(count));
    }

private:
    BackendEnvironment environment_;
    std::shared_ptr<std::atomic<unsigned>> contexts_ = std::make_shared<std::atomic<unsigned>>(0);
    WorkerThreads threads_;
};

} // namespace

std::unique_ptr<Backend> createInProcessBackend(const BackendEnvironment &environment)
{
    return std::make_unique<InProcessBackend>(environment);
}

} // namespace daedalus::va
