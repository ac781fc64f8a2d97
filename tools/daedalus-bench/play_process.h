// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>
#include <sys/types.h>
#include <utility>

#include <nlohmann/json.hpp>

#include "daedalus/result.h"
#include "daedalus/unique_fd.h"
#include "tools/daedalus-bench/measurement.h"

namespace daedalus::bench {

/// A process that has a Measurement, plays when it is told to, and does nothing in between: so
/// that several can take turns, each with its own decoder, memory and settings.
class PlayProcess {
public:
    /// Returns when the measurement is prepared.
    /// @returns the player's Error, or EIO: the process ended before
    static Result<PlayProcess> start(const Film &film, const Job &job);

    PlayProcess(PlayProcess &&other) noexcept;
    PlayProcess(const PlayProcess &) = delete;
    PlayProcess &operator=(const PlayProcess &) = delete;
    /// Ends the process and waits for it.
    ~PlayProcess();

    /// Measurement::pass() over there.
    /// @returns the player's Error, or EIO: the process ended
    Result<nlohmann::json> pass();

private:
    PlayProcess(UniqueFd socket, pid_t child, std::string name)
        : socket_(std::move(socket)), child_(child), name_(std::move(name))
    {}
    Result<nlohmann::json> receive();
    int end();

    UniqueFd socket_;
    pid_t child_;
    std::string name_; ///< of the job, for people
};

} // namespace daedalus::bench
