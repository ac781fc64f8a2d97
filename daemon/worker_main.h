// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <sys/types.h>

#include <span>
#include <string_view>

#include "daedalus/unique_fd.h"
#include "daemon/worker.h"

namespace daedalus::daemon {

/// The command line of this process as ps and top show it.
class ProcessTitle {
public:
    /// Where that lies is not known: set() does nothing.
    ProcessTitle() = default;
    /// @param argv main()'s arguments, whose memory set() overwrites
    ProcessTitle(int argc, char **argv);

    /// Replaces the command line, shortened where there is no room.
    void set(std::string_view title) const;

private:
    std::span<char> area_;
};

/// What a worker process is started with.
struct WorkerMainOptions {
    Worker::Options worker;
    pid_t brokerPid = 0; ///< the worker ends when this is no longer its parent
    ProcessTitle title;  ///< set to kWorkerName
};

/// Name of worker processes (comm and command line).
inline constexpr const char *kWorkerName = "daedalus-worker";

/// Runs a worker process: gives up what it inherited from the broker, waits for one session
/// on @p socket and serves it.
/// @returns exit status
int workerMain(UniqueFd socket, const WorkerMainOptions &options);

} // namespace daedalus::daemon
