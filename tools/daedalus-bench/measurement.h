// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "daedalus/result.h"
#include "tools/daedalus-bench/accounting.h"
#include "tools/daedalus-bench/film.h"
#include "tools/daedalus-bench/player.h"
#include "tools/daedalus-bench/screen.h"

namespace daedalus::bench {

/// One thing to measure.
struct Job {
    std::string part; ///< throughput, texture, streams or latency; texture shows the pictures
    std::string path; ///< bare, engine, inproc or kernel
    PlayOptions play;
    unsigned streams = 1; ///< players of the same film at once
    Account account = Account::Process;
    std::string node; ///< for VA-API
};

/// A job that is ready to be done again and again.
class Measurement {
public:
    /// Opens the players, and plays until contexts, pools and memory are there.
    /// @param film has to outlive the measurement
    static Result<Measurement> prepare(const Film &film, Job job);

    /// Plays the film once.
    /// @returns an object: the job, "wall" and "cpu" in seconds, "pictures", "memory" in bytes,
    /// of clients that wait "latency": {"p50", "p90", "p99"} in seconds, and of those that show
    /// pictures "drawn", a hash of what was drawn so far. An Error is the player's.
    Result<nlohmann::json> pass();

private:
    Measurement(const Film &film, Job job) : film_(film), job_(std::move(job)) {}
    Result<void> open();
    Result<Pass> play();
    [[nodiscard]] nlohmann::json describe() const;

    const Film &film_;
    Job job_;
    double memoryBefore_ = 0;
    double memory_ = 0;              ///< taken until everything was there
    std::unique_ptr<Screen> screen_; ///< where pictures are shown; null where they are not
    std::vector<std::unique_ptr<Player>> players_;
};

/// Decodes the job's film once, in this process and without measuring: for profilers.
Result<void> playOnce(const Film &film, const Job &job);

} // namespace daedalus::bench
