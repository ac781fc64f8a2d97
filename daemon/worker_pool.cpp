// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/worker_pool.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>

namespace daedalus::daemon {

namespace {

using namespace std::chrono_literals;

/// How long a worker may take to end when its session is over.
constexpr auto kSessionGrace = 2s;
/// How long all workers together may take to end when the broker does.
constexpr auto kShutdownGrace = 1s;
/// How long the kernel may take to end a killed process.
constexpr auto kReapLimit = 2s;
/// Pause before the next try to fork a spare, where one failed.
constexpr auto kForkPause = 1s;

} // namespace

WorkerPool::WorkerPool(EventLoop &loop, Options options) : loop_(loop), options_(std::move(options))
{}

WorkerPool::~WorkerPool()
{
    shutdown();
}

Result<void> WorkerPool::spawn()
{
    auto counters = shareSessionCounters();
    if (!counters) {
        return tl::unexpected(counters.error());
    }
    WorkerMainOptions options = options_.worker;
    options.worker.counters = *counters;
    auto process = WorkerProcess::spawn(
        [&options](UniqueFd socket) { return workerMain(std::move(socket), options); });
    if (!process) {
        return tl::unexpected(process.error());
    }
    const pid_t pid = process->pid();
    auto watched =
        loop_.add(process->pidfd(), EPOLLIN, [this, pid](uint32_t /*events*/) { onExit(pid); });
    if (!watched) {
        process->kill();
        (void)process->reapWithin(kReapLimit);
        return watched;
    }
    workers_.emplace(pid, Entry{.process = std::move(*process),
                                .counters = std::move(*counters),
                                .session = std::nullopt,
                                .deadline = std::nullopt});
    options_.logger->debug("worker {} waits for a session", pid);
    return {};
}

size_t WorkerPool::spareCount() const
{
    return static_cast<size_t>(std::count_if(
        workers_.begin(), workers_.end(), [](const auto &item) { return !item.second.session; }));
}

size_t WorkerPool::sessionCount() const
{
    return workers_.size() - spareCount();
}

WorkerPool::Entries::iterator WorkerPool::findSpare()
{
    return std::find_if(workers_.begin(), workers_.end(), [](const auto &item) {
        return !item.second.session && !item.second.killed;
    });
}

Result<void> WorkerPool::ensureSpare()
{
    return findSpare() != workers_.end() ? Result<void>() : spawn();
}

Result<void> WorkerPool::assign(const Assignment &assignment, UniqueFd session)
{
    // Spares may have died without having been reaped yet; a fresh one is tried last.
    Assignment shared = assignment;
    shared.threads = threadsForNextSession();
    Result<void> sent;
    for (size_t attempts = spareCount() + 1; attempts > 0; --attempts) {
        if (auto spare = ensureSpare(); !spare) {
            return spare;
        }
        Entry &entry = findSpare()->second;
        sent = entry.process.assign(shared, session.get());
        if (sent) {
            entry.session = assignment.sessionId;
            entry.codec = assignment.codec;
            options_.logger->debug("session {} goes to worker {}", assignment.sessionId,
                                   entry.process.pid());
            return sent;
        }
        options_.logger->warn("worker {}: {}", entry.process.pid(), sent.error().what());
        kill(entry);
    }
    return sent;
}

void WorkerPool::sessionClosed(uint32_t sessionId, SessionEnd end)
{
    const auto it = std::find_if(workers_.begin(), workers_.end(), [sessionId](const auto &item) {
        return item.second.session == sessionId;
    });
    if (it == workers_.end()) {
        return;
    }
    Entry &entry = it->second;
    if (end == SessionEnd::Misbehaved) {
        kill(entry);
    } else if (!entry.deadline) {
        entry.deadline = Clock::now() + kSessionGrace;
    }
}

void WorkerPool::kill(Entry &entry)
{
    entry.killed = true;
    entry.deadline.reset();
    entry.process.kill();
}

void WorkerPool::onExit(pid_t pid)
{
    const auto it = workers_.find(pid);
    if (it == workers_.end()) {
        return;
    }
    const auto status = it->second.process.tryReap();
    if (!status) {
        return;
    }
    logExit(it->second, *status);
    if (!it->second.session) {
        retryForkAt_ = Clock::now() + kForkPause;
    }
    countEnded(it->second);
    loop_.remove(it->second.process.pidfd());
    workers_.erase(it);
}

void WorkerPool::countEnded(const Entry &entry)
{
    if (entry.session) {
        ++ended_.sessions;
        ended_.frames += entry.counters->frames;
        ended_.errors += entry.counters->errors;
        ended_.bytesCopied += entry.counters->bytesCopied;
        ended_.decodeTime += entry.counters->decodeTime;
    }
}

/// Sessions share the CPUs: more threads than CPUs would only take turns. Sessions that
/// began earlier keep theirs.
unsigned WorkerPool::threadsForNextSession() const
{
    if (options_.worker.worker.threads != 0) {
        return options_.worker.worker.threads;
    }
    const size_t cpus = std::max(1U, std::thread::hardware_concurrency());
    const size_t sessions = sessionCount() + 1;
    return static_cast<unsigned>((cpus + sessions - 1) / sessions);
}

std::vector<WorkerPool::Session> WorkerPool::sessions() const
{
    std::vector<Session> sessions;
    for (const auto &[pid, entry] : workers_) {
        if (entry.session) {
            sessions.push_back({.id = *entry.session,
                                .codec = entry.codec,
                                .worker = pid,
                                .counters = entry.counters});
        }
    }
    return sessions;
}

void WorkerPool::logExit(const Entry &entry, const ExitStatus &status) const
{
    const pid_t pid = entry.process.pid();
    const bool expected = status.clean || entry.killed;
    const auto level = expected ? spdlog::level::debug : spdlog::level::err;
    if (entry.session) {
        options_.logger->log(level, "worker {} of session {} {}", pid, *entry.session, status.text);
    } else {
        options_.logger->log(level, "spare worker {} {}", pid, status.text);
    }
}

void WorkerPool::killOverdue(Clock::time_point now)
{
    for (auto &[pid, entry] : workers_) {
        if (entry.deadline && *entry.deadline <= now) {
            options_.logger->warn("worker {} of session {} did not end by itself: killed", pid,
                                  entry.session.value_or(0));
            kill(entry);
        }
    }
}

void WorkerPool::maintain()
{
    const auto now = Clock::now();
    killOverdue(now);
    if (retryForkAt_ && *retryForkAt_ > now) {
        return;
    }
    retryForkAt_.reset();
    while (spareCount() < options_.spares) {
        if (const auto result = spawn(); !result) {
            options_.logger->error("{}", result.error().what());
            retryForkAt_ = now + kForkPause;
            return;
        }
    }
}

std::optional<WorkerPool::Clock::time_point> WorkerPool::nextDeadline() const
{
    std::optional<Clock::time_point> next = retryForkAt_;
    for (const auto &[pid, entry] : workers_) {
        if (entry.deadline && (!next || *entry.deadline < *next)) {
            next = entry.deadline;
        }
    }
    return next;
}

void WorkerPool::shutdown()
{
    for (auto &[pid, entry] : workers_) {
        loop_.remove(entry.process.pidfd());
        entry.process.hangUp();
    }
    const auto deadline = Clock::now() + kShutdownGrace;
    for (auto &[pid, entry] : workers_) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        auto status = entry.process.reapWithin(std::max(left, 0ms));
        if (!status) {
            kill(entry);
            status = entry.process.reapWithin(kReapLimit);
        }
        if (status) {
            logExit(entry, *status);
        } else {
            options_.logger->error("worker {} cannot be killed", pid);
        }
    }
    workers_.clear();
}

} // namespace daedalus::daemon
