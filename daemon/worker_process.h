// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "daedalus/result.h"
#include "daedalus/unique_fd.h"
#include "daemon/fd_passing.h"

namespace daedalus::daemon {

/// How a process ended.
struct ExitStatus {
    bool clean = false; ///< it ended by itself with status 0
    std::string text;   ///< "exited with status 3", "killed by SIGSEGV"
};

/// The broker's side of one worker process: its pidfd and the socket over which
/// it gets its session. The process sees the socket hang up when this object
/// is destroyed; it is not killed by that.
class WorkerProcess {
public:
    /// Forks a process that runs @p childMain with its end of the socket and then
    /// ends with the returned status. The caller has to have one thread only.
    ///
    /// Nothing of the caller's stack is unwound in the child.
    static Result<WorkerProcess> spawn(const std::function<int(UniqueFd socket)> &childMain);

    [[nodiscard]] pid_t pid() const { return pid_; }
    /// Becomes readable when the process has ended.
    [[nodiscard]] int pidfd() const { return pidfd_.get(); }

    /// Hands it its session.
    Result<void> assign(const Assignment &assignment, int session)
    {
        return sendAssignment(socket_.get(), assignment, session);
    }

    /// Tells it that the broker ends: an idle worker, and one between two requests,
    /// ends by itself.
    void hangUp() { socket_.reset(); }

    /// SIGKILL. Harmless where the process has ended already.
    void kill();

    /// Reaps the process if it has ended.
    std::optional<ExitStatus> tryReap();

    /// Waits for the end at most @p timeout, then reaps.
    std::optional<ExitStatus> reapWithin(std::chrono::milliseconds timeout);

private:
    WorkerProcess(pid_t pid, UniqueFd pidfd, UniqueFd socket)
        : pid_(pid), pidfd_(std::move(pidfd)), socket_(std::move(socket))
    {}

    pid_t pid_;
    UniqueFd pidfd_;
    UniqueFd socket_;
};

} // namespace daedalus::daemon
