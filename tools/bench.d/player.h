// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "daedalus/result.h"
#include "film.h"
#include "screen.h"

namespace daedalus::bench {

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
    Player(Player &&) = delete;
    Player &operator=(Player &&) = delete;
    virtual ~Player() = default;

    /// Whether a film ends, or begins again at once with all that was set up for it.
    enum class Ending { Last, Repeated };

    /// Decodes the film from its start. After the last time every picture is complete.
    /// @returns EIO: not every packet could be decoded
    virtual Result<Pass> play(Ending ending) = 0;

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
