// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "daedalus/result.h"
#include "tools/daedalus-bench/film.h"
#include "tools/daedalus-bench/screen.h"

namespace daedalus::bench {

/// Pictures that a client keeps, waiting to be shown, before it is done with the oldest. Those of
/// VA-API it leaves to the decoder for as long.
constexpr size_t kAhead = 4;

/// How a film is decoded.
struct PlayOptions {
    unsigned threads = 1;        ///< decoder threads; 0: as many as there are CPUs
    bool waits = false;          ///< the client waits for each picture before the next
    std::string format = "i420"; ///< of surfaces: i420 or nv12 (10 bits: i010, p010)
    Screen *screen = nullptr;    ///< where each picture is shown, on play()'s thread; borrowed
};

/// What a pass over a film was like.
struct Pass {
    size_t pictures = 0;
    /// Of clients that wait: from handing a picture over until it was complete, each.
    std::vector<std::chrono::nanoseconds> latencies;
};

/// Something that decodes one film.
class Player {
public:
    Player(const Player &) = delete;
    Player &operator=(const Player &) = delete;
    virtual ~Player() = default;

    /// Decodes the film from its start, with all that was set up for it. Nothing is under way when
    /// this returns, but for what libavcodec's frame threads work ahead. Pictures that would be
    /// shown after later ones stay with the decoder, and come with the next pass.
    /// @returns EIO: not every packet could be decoded
    virtual Result<Pass> play() = 0;

protected:
    Player() = default;
};

/// libavcodec alone (and libdav1d for AV1), as programs use it: with frame threads, unless the
/// client waits. @p film has to outlive the player.
Result<std::unique_ptr<Player>> openBare(const Film &film, const PlayOptions &options);

/// The decode engine alone, without VA-API and without a device: stateless requests that were
/// prepared before, and targets in ordinary memory. @p film has to outlive the player.
Result<std::unique_ptr<Player>> openEngine(const Film &film, const PlayOptions &options);

/// VA-API by way of libavcodec; which backend, DAEDALUS_BACKEND says. Several pictures are
/// under way unless the client waits. @p film has to outlive the player.
/// @param node e.g. /dev/dri/renderD128; none: surfaces are in memory that no device can use
Result<std::unique_ptr<Player>> openVa(const Film &film, const PlayOptions &options,
                                       const std::string &node);

} // namespace daedalus::bench
