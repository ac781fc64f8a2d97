// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "daedalus/result.h"
#include "film.h"
#include "player.h"

namespace daedalus::bench {

/// Whose CPU time and memory a measurement is.
enum class Account {
    Process, ///< of the process that decodes
    Machine, ///< of the whole machine, where other processes take part and nothing else runs
};

/// One thing to measure.
struct Job {
    std::string part; ///< throughput, texture, streams or latency; texture shows the pictures
    std::string path; ///< bare, engine, inproc or kernel
    PlayOptions play;
    unsigned streams = 1; ///< players of the same film at once
    Account account = Account::Process;
    std::string node; ///< for VA-API
};

/// Does the job in a process of its own, so that nothing of one is left when the next begins.
/// @returns an object: the job, "wall" and "cpu" in seconds, "pictures", "memory" in bytes,
/// of clients that wait "latency": {"p50", "p90", "p99"} in seconds, and of those that show
/// pictures "drawn", a hash of what was drawn. An Error is the
/// player's, or EIO: the process ended in another way.
Result<nlohmann::json> measure(const Film &film, const Job &job);

/// As measure(), in this process and without measuring: for profilers.
Result<void> playOnce(const Film &film, const Job &job);

/// Round trips of a byte between two processes over pipes, in seconds, the median of many.
Result<double> pipeRoundTrip();

} // namespace daedalus::bench
