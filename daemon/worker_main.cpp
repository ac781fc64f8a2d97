// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/worker_main.h"

#include <linux/close_range.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "daemon/fd_passing.h"

namespace daedalus::daemon {

namespace {

constexpr unsigned kFirstFd = STDERR_FILENO + 1;

/// Closes all inherited files but the standard streams and @p kept.
bool closeAllBut(int kept)
{
    const auto keep = static_cast<unsigned>(kept);
    const bool below = keep == kFirstFd || ::close_range(kFirstFd, keep - 1, 0) == 0;
    return below && ::close_range(keep + 1, ~0U, 0) == 0;
}

/// Makes the forked process a worker: it dies with the broker, holds none of its
/// files and has its own name. It has not seen a byte of any client yet when this
/// returns, which makes the end of this function the place to give up privileges.
bool becomeWorker(int socket, const WorkerMainOptions &options)
{
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != options.brokerPid) {
        return false;
    }
    ::prctl(PR_SET_NAME, kWorkerName);
    options.title.set(kWorkerName);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    return closeAllBut(socket);
}

} // namespace

ProcessTitle::ProcessTitle(int argc, char **argv)
{
    if (argc < 1) {
        return;
    }
    // The kernel lays the arguments out one behind the other.
    char *end = argv[0];
    for (int i = 0; i < argc && argv[i] == end; ++i) {
        end += std::strlen(argv[i]) + 1;
    }
    area_ = {argv[0], end};
}

void ProcessTitle::set(std::string_view title) const
{
    if (area_.empty()) {
        return;
    }
    // The last byte stays zero: the kernel takes anything else for a longer title.
    const size_t length = std::min(title.size(), area_.size() - 1);
    std::fill(area_.begin(), area_.end(), '\0');
    std::copy_n(title.begin(), length, area_.begin());
}

int workerMain(UniqueFd socket, const WorkerMainOptions &options)
{
    spdlog::logger &log = *options.worker.logger;
    if (!becomeWorker(socket.get(), options)) {
        log.error("a worker could not be set up");
        return EXIT_FAILURE;
    }
    auto received = receiveAssignment(socket.get());
    if (!received) {
        const bool brokerEnded = received.error().code() == ESHUTDOWN;
        if (!brokerEnded) {
            log.error("{}", received.error().what());
        }
        return brokerEnded ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    const Assignment assignment = received->assignment;
    log.debug("serving session {}", assignment.sessionId);
    const int sessionFd = received->session.get();
    Worker::Options workerOptions = options.worker;
    if (assignment.threads != 0) {
        workerOptions.threads = assignment.threads;
    }
    Worker worker(MessageChannel(std::move(received->session)), assignment.codec, workerOptions,
                  Worker::fetchFrom(sessionFd));
    if (const auto result = worker.run(socket.get()); !result) {
        log.error("session {}: {}", assignment.sessionId, result.error().what());
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

} // namespace daedalus::daemon
