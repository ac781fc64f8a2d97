// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/player.h"

#include <algorithm>

namespace daedalus::play {
namespace {

/// How long to sleep at most: signals and the status line want to be seen.
constexpr auto kLongestWait = std::chrono::milliseconds(100);
/// How soon to look again for a picture that is late.
constexpr auto kLateWait = std::chrono::milliseconds(4);
/// A picture that is due within this time is shown now and not a refresh later, seconds.
constexpr double kEarly = 0.002;

} // namespace

Player::Player(Output &output, Compositor &compositor,
               std::vector<std::unique_ptr<VideoStream>> streams,
               std::vector<std::unique_ptr<Observer>> observers, Settings settings)
    : output_(output), compositor_(compositor), observers_(std::move(observers)),
      settings_(std::move(settings))
{
    for (auto &stream : streams) {
        Track track;
        track.statistics.file = stream->file();
        track.statistics.codec = stream->codec();
        track.stream = std::move(stream);
        tracks_.push_back(std::move(track));
    }
}

double Player::now() const
{
    return std::chrono::duration<double>(SteadyClock::now() - origin_).count();
}

void Player::place(size_t cell, std::unique_ptr<VideoFrame> frame)
{
    Track &track = tracks_[cell];
    track.lastTime = frame->time;
    track.statistics.width = frame->visible.width;
    track.statistics.height = frame->visible.height;
    track.statistics.format = frame->pool->shape().format->name;
    ++track.statistics.shown;
    compositor_.setFrame(cell, std::move(frame));
}

/// The next picture of a stream, however late or early.
bool Player::takeNext(size_t cell)
{
    tracks_[cell].stream->waitForFrame();
    auto frame = tracks_[cell].stream->take();
    if (!frame) {
        return false;
    }
    place(cell, std::move(frame));
    return true;
}

/// Makes those pictures current whose time has come.
/// @return true where there is something new to draw
Result<bool> Player::advance(double seconds)
{
    bool changed = false;
    for (size_t cell = 0; cell < tracks_.size(); ++cell) {
        if (settings_.untimed) {
            changed = takeNext(cell) || changed;
            continue;
        }
        std::unique_ptr<VideoFrame> newest;
        for (auto next = tracks_[cell].stream->nextTime(); next && *next <= seconds + kEarly;
             next = tracks_[cell].stream->nextTime()) {
            tracks_[cell].statistics.dropped += newest ? 1 : 0;
            newest = tracks_[cell].stream->take();
        }
        if (newest) {
            place(cell, std::move(newest));
            changed = true;
        }
    }
    return changed;
}

const std::string &Player::statusText()
{
    uint64_t decoded = 0;
    uint64_t dropped = 0;
    for (const Track &track : tracks_) {
        decoded += track.stream->decoded();
        dropped += track.statistics.dropped;
    }
    return status_.text(now(), decoded, dropped);
}

/// @return false where the output has no canvas free
Result<bool> Player::drawNow()
{
    const auto canvas = output_.begin();
    if (!canvas) {
        return tl::unexpected(canvas.error());
    }
    if (*canvas == nullptr) {
        return false;
    }
    status_.drew();
    std::string text;
    if (settings_.osd || settings_.progress) {
        const bool due = status_.due();
        text = statusText();
        if (due && settings_.progress) {
            settings_.progress(text);
        }
    }
    Compositor::clear(**canvas);
    const PixelSize size = (*canvas)->size();
    const PixelRect whole{.x = 0, .y = 0, .width = size.width, .height = size.height};
    if (auto done = compositor_.draw(**canvas, whole, settings_.osd ? text : std::string());
        !done) {
        return tl::unexpected(done.error());
    }
    if (auto done = Compositor::finish(); !done) {
        return tl::unexpected(done.error());
    }
    lastCanvas_ = *canvas;
    for (const auto &observer : observers_) {
        if (auto done = observer->drawn(compositor_, **canvas, drawn_); !done) {
            return tl::unexpected(done.error());
        }
    }
    ++drawn_;
    if (auto shown = output_.show(); !shown) {
        return tl::unexpected(shown.error());
    }
    return true;
}

bool Player::finished(double seconds)
{
    return std::ranges::all_of(tracks_, [&](Track &track) {
        const double end = track.lastTime + 1.0 / track.stream->frameRate();
        return track.stream->finished() && (settings_.untimed || seconds >= end);
    });
}

SteadyClock::time_point Player::nextDue()
{
    const auto time = SteadyClock::now();
    auto due = time + kLongestWait;
    for (Track &track : tracks_) {
        if (const auto next = track.stream->nextTime()) {
            due = std::min(due, origin_ + std::chrono::duration_cast<SteadyClock::duration>(
                                              std::chrono::duration<double>(*next)));
        } else if (!track.stream->finished()) {
            due = std::min(due, time + kLateWait);
        }
    }
    return due;
}

Result<void> Player::run(const std::atomic<bool> &stop)
{
    for (Track &track : tracks_) {
        track.stream->waitForFrame();
    }
    origin_ = SteadyClock::now();
    bool dirty = false;
    while (!stop) {
        // While a picture waits for a canvas the next one is not taken, unless time presses.
        if (!dirty || !settings_.untimed) {
            const auto changed = advance(now());
            if (!changed) {
                return tl::unexpected(changed.error());
            }
            dirty = dirty || *changed;
        }
        if (dirty) {
            const auto drawn = drawNow();
            if (!drawn) {
                return tl::unexpected(drawn.error());
            }
            dirty = !*drawn;
        }
        if (!dirty &&
            (finished(now()) || (settings_.pictures != 0 && drawn_ >= settings_.pictures))) {
            break;
        }
        const bool hurry = settings_.untimed && !dirty;
        const auto until =
            dirty ? SteadyClock::now() + kLongestWait : (hurry ? SteadyClock::now() : nextDue());
        const auto more = output_.wait(until);
        if (!more) {
            return tl::unexpected(more.error());
        }
        if (!*more) {
            break;
        }
    }
    seconds_ = now();
    return endObservers();
}

Result<void> Player::endObservers()
{
    for (const auto &observer : observers_) {
        if (auto done = observer->ended(lastCanvas_); !done) {
            return done;
        }
    }
    return {};
}

void Player::report(Statistics &statistics, std::vector<std::string> &failures)
{
    statistics.seconds = seconds_;
    statistics.drawn = drawn_;
    for (Track &track : tracks_) {
        track.statistics.decoded = track.stream->decoded();
        track.statistics.errors = track.stream->errors();
        if (const auto failure = track.stream->failure()) {
            failures.push_back(failure->what());
        }
        statistics.streams.push_back(track.statistics);
    }
}

} // namespace daedalus::play
