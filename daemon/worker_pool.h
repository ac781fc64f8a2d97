// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "daedalus/result.h"
#include "daedalus/unique_fd.h"
#include "daemon/event_loop.h"
#include "daemon/session_counters.h"
#include "daemon/worker_main.h"
#include "daemon/worker_process.h"

namespace spdlog {
class logger;
}

namespace daedalus::daemon {

/// The worker processes: spares that wait for a session and those that serve one.
///
/// One thread at a time.
class WorkerPool {
public:
    using Clock = EventLoop::Clock;

    struct Options {
        unsigned spares = 1;                    ///< workers that wait, at least
        WorkerMainOptions worker;               ///< for each of them
        std::shared_ptr<spdlog::logger> logger; ///< never null
    };

    /// How a session ended as far as its worker is concerned.
    enum class SessionEnd {
        Regular,    ///< the worker notices and ends by itself, or is killed after a while
        Misbehaved, ///< the worker is killed at once
    };

    /// @param loop has to outlive the pool
    WorkerPool(EventLoop &loop, Options options);
    WorkerPool(const WorkerPool &) = delete;
    WorkerPool &operator=(const WorkerPool &) = delete;
    /// As shutdown().
    ~WorkerPool();

    /// Forks a spare worker if there is none.
    Result<void> ensureSpare();

    /// Hands a session to a spare worker; the worker's duplicate of @p session is
    /// then the only one.
    Result<void> assign(const Assignment &assignment, UniqueFd session);

    /// A session is over. Unknown ones are ignored: their worker ended first.
    void sessionClosed(uint32_t sessionId, SessionEnd end);

    /// Kills the workers whose time is over and forks the spares that are missing. To
    /// be called after each round of the loop.
    void maintain();

    /// When maintain() has something to do at the latest.
    [[nodiscard]] std::optional<Clock::time_point> nextDeadline() const;

    /// Ends all workers: asks, waits for a moment, kills, reaps.
    void shutdown();

    /// Sessions that are being served.
    [[nodiscard]] size_t sessionCount() const;

    /// A session that is being served, as its worker counts.
    struct Session {
        uint32_t id = 0;
        uint32_t codec = 0; ///< V4L2 OUTPUT fourcc
        pid_t worker = 0;
        std::shared_ptr<const SessionCounters> counters;
    };
    [[nodiscard]] std::vector<Session> sessions() const;

    /// Sums over all sessions that are over.
    struct EndedSessions {
        uint64_t sessions = 0;
        uint64_t frames = 0;
        uint64_t errors = 0;
        uint64_t bytesCopied = 0;
        uint64_t decodeTime = 0; ///< ns
    };
    [[nodiscard]] const EndedSessions &endedSessions() const { return ended_; }

private:
    struct Entry {
        WorkerProcess process;
        std::shared_ptr<SessionCounters> counters; ///< never null
        std::optional<uint32_t> session;           ///< none: it is a spare
        uint32_t codec = 0;
        std::optional<Clock::time_point> deadline; ///< killed then
        bool killed = false;                       ///< by the pool, not reaped yet
    };
    using Entries = std::map<pid_t, Entry>;

    Result<void> spawn();
    [[nodiscard]] size_t spareCount() const;
    Entries::iterator findSpare();
    void onExit(pid_t pid);
    void logExit(const Entry &entry, const ExitStatus &status) const;
    void kill(Entry &entry);
    void killOverdue(Clock::time_point now);
    void countEnded(const Entry &entry);
    [[nodiscard]] unsigned threadsForNextSession() const;

    EventLoop &loop_;
    Options options_;
    Entries workers_;
    EndedSessions ended_;
    /// No spare is forked before: if each dies at once, that must not become a fork bomb.
    std::optional<Clock::time_point> retryForkAt_;
};

} // namespace daedalus::daemon
