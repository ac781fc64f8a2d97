// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "tools/daedalus-play/compositor.h"
#include "tools/daedalus-play/observer.h"
#include "tools/daedalus-play/output.h"
#include "tools/daedalus-play/statistics.h"
#include "tools/daedalus-play/status_line.h"
#include "tools/daedalus-play/video_stream.h"

namespace daedalus::play {

/// Shows pictures of streams at their times.
class Player {
public:
    struct Settings {
        bool untimed = false;  ///< every picture, as fast as it goes
        bool osd = false;      ///< the status line on the picture
        uint64_t pictures = 0; ///< ends after so many composed pictures; 0: with the streams
        std::function<void(const std::string &)> progress; ///< gets the status line; may be empty
    };

    Player(Output &output, Compositor &compositor,
           std::vector<std::unique_ptr<VideoStream>> streams,
           std::vector<std::unique_ptr<Observer>> observers, Settings settings);

    /// Plays until the streams, the user or @p stop end it.
    Result<void> run(const std::atomic<bool> &stop);

    /// What came of it; a stream that failed says so in @p failures.
    void report(Statistics &statistics, std::vector<std::string> &failures);

private:
    struct Track {
        std::unique_ptr<VideoStream> stream;
        StreamStatistics statistics;
        double lastTime = 0;
    };
    Result<bool> advance(double seconds);
    bool takeNext(size_t cell);
    void place(size_t cell, std::unique_ptr<VideoFrame> frame);
    Result<bool> drawNow();
    [[nodiscard]] bool finished(double seconds);
    [[nodiscard]] SteadyClock::time_point nextDue();
    [[nodiscard]] double now() const;
    Result<void> endObservers();
    const std::string &statusText();

    Output &output_;
    Compositor &compositor_;
    std::vector<Track> tracks_;
    std::vector<std::unique_ptr<Observer>> observers_;
    Settings settings_;
    StatusLine status_;
    SteadyClock::time_point origin_;
    const Canvas *lastCanvas_ = nullptr;
    uint64_t drawn_ = 0;
    double seconds_ = 0;
};

} // namespace daedalus::play
