// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/worker_process.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>

// Before version 2.37 the C library forgets to tell C++ that these are C functions.
extern "C" {
#include <sys/pidfd.h>
}

namespace daedalus::daemon {

namespace {

ExitStatus describe(const siginfo_t &info)
{
    if (info.si_code == CLD_EXITED) {
        return {.clean = info.si_status == 0,
                .text = "exited with status " + std::to_string(info.si_status)};
    }
    const char *name = ::sigabbrev_np(info.si_status);
    return {.clean = false,
            .text = "killed by " + (name != nullptr ? "SIG" + std::string(name)
                                                    : "signal " + std::to_string(info.si_status))};
}

} // namespace

Result<WorkerProcess> WorkerProcess::spawn(const std::function<int(UniqueFd socket)> &childMain)
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) < 0) {
        return failErrno("making a worker's socket");
    }
    UniqueFd brokerEnd(ends[0]);
    UniqueFd workerEnd(ends[1]);

    const pid_t pid = ::fork();
    if (pid < 0) {
        return failErrno("forking a worker");
    }
    if (pid == 0) {
        ::_exit(childMain(std::move(workerEnd)));
    }
    // The child is not reaped before this object does it, so the number is still its own.
    UniqueFd pidfd(::pidfd_open(pid, 0));
    if (!pidfd) {
        const Error error = Error::fromErrno("opening a worker's pidfd");
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        return tl::unexpected(error);
    }
    return WorkerProcess(pid, std::move(pidfd), std::move(brokerEnd));
}

void WorkerProcess::kill()
{
    ::pidfd_send_signal(pidfd_.get(), SIGKILL, nullptr, 0);
}

std::optional<ExitStatus> WorkerProcess::tryReap()
{
    siginfo_t info{};
    const auto id = static_cast<id_t>(pidfd_.get());
    int result = 0;
    do {
        result = ::waitid(P_PIDFD, id, &info, WEXITED | WNOHANG);
    } while (result < 0 && errno == EINTR);
    if (result < 0) {
        return ExitStatus{.clean = false, .text = std::string("is lost: ") + std::strerror(errno)};
    }
    if (info.si_pid == 0) {
        return std::nullopt;
    }
    return describe(info);
}

std::optional<ExitStatus> WorkerProcess::reapWithin(std::chrono::milliseconds timeout)
{
    pollfd file{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
    // A signal that shortens the wait does no harm: the caller kills a little early.
    (void)::poll(&file, 1, static_cast<int>(timeout.count()));
    return tryReap();
}

} // namespace daedalus::daemon
