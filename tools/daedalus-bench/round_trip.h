// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <sys/types.h>
#include <utility>

#include "daedalus/result.h"

namespace daedalus::bench {

/// Stands in for the daemon: answers each request at once, decoding nothing. What is left is
/// what a request costs on its way.
///
/// A process of its own, as the daemon's workers are. It ends with this object.
class EchoDaemon {
public:
    /// @returns EBUSY: the daemon is running; ENOENT: no kernel module
    static Result<EchoDaemon> start();

    EchoDaemon(EchoDaemon &&other) noexcept : child_(std::exchange(other.child_, -1)) {}
    EchoDaemon(const EchoDaemon &) = delete;
    EchoDaemon &operator=(const EchoDaemon &) = delete;
    ~EchoDaemon();

private:
    explicit EchoDaemon(pid_t child) : child_(child) {}
    pid_t child_;
};

/// Round trips of a byte between two processes over pipes, in seconds, the median of many.
Result<double> pipeRoundTrip();

} // namespace daedalus::bench
