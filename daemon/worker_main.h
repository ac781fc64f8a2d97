// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <sys/types.h>

#include "daedalus/unique_fd.h"
#include "daemon/process_title.h"
#include "daemon/worker.h"

namespace daedalus::daemon {

/// What a worker process is started with.
struct WorkerMainOptions {
    Worker::Options worker;
    pid_t brokerPid = 0; ///< the worker ends when this is no longer its parent
    ProcessTitle title;  ///< where ps and top look for the name
};

/// Name of worker processes (comm and command line).
inline constexpr const char *kWorkerName = "daedalus-worker";

/// The life of a worker process: gives up what it has of the broker, waits for one
/// session on @p socket, serves it.
/// @returns exit status
int workerMain(UniqueFd socket, const WorkerMainOptions &options);

} // namespace daedalus::daemon
