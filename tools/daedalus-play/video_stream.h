// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "daedalus/result.h"
#include "tools/common/demuxer.h"
#include "tools/daedalus-play/hw_decoder.h"
#include "tools/daedalus-play/video_frame.h"

namespace daedalus::play {

/// A file that is being decoded, in a thread of its own, a few pictures ahead of what is shown.
///
/// A picture leaves the thread only when the driver has finished it (vaSyncSurface), so
/// that who draws never waits for a decoder, nor draws half a picture.
class VideoStream {
public:
    struct Settings {
        bool loop = false;
    };

    /// Opens @p file and begins to decode.
    static Result<std::unique_ptr<VideoStream>> open(const std::string &file,
                                                     std::shared_ptr<tools::VaDisplay> display,
                                                     FormatChoice choose, const Settings &settings);

    VideoStream(const VideoStream &) = delete;
    VideoStream &operator=(const VideoStream &) = delete;
    ~VideoStream();

    [[nodiscard]] const std::string &file() const { return file_; }
    [[nodiscard]] std::string codec() const { return decoder_->codecName(); }
    [[nodiscard]] double frameRate() const { return demuxer_.frameRate(); }
    /// Seconds, 0 where the file does not say.
    [[nodiscard]] double duration() const { return demuxer_.duration(); }
    [[nodiscard]] const AVStream &source() const { return demuxer_.stream(); }

    /// Waits until there is a picture, or there will be none any more.
    void waitForFrame();
    /// Time of the next picture, seconds from the start; none where none is ready.
    [[nodiscard]] std::optional<double> nextTime();
    /// The next picture; null where none is ready.
    std::unique_ptr<VideoFrame> take();
    /// True after the last picture was taken.
    [[nodiscard]] bool finished();
    /// Why decoding ended before the end of the file.
    [[nodiscard]] std::optional<Error> failure();
    /// Pictures that were decoded, and those of them that the driver reported as damaged.
    [[nodiscard]] uint64_t decoded();
    [[nodiscard]] uint64_t errors();

private:
    VideoStream(std::string file, tools::Demuxer demuxer, std::unique_ptr<HwDecoder> decoder,
                const Settings &settings);
    void run(const std::stop_token &stop);
    Result<void> decodeAll(const std::stop_token &stop);
    Result<bool> decodeOnce(const std::stop_token &stop);
    Result<void> receiveAll(const std::stop_token &stop);
    void finishOldest(const std::stop_token &stop);
    void setTime(VideoFrame &frame);

    std::string file_;
    Settings settings_;
    tools::Demuxer demuxer_;
    std::unique_ptr<HwDecoder> decoder_;

    // Only the thread's.
    std::deque<std::unique_ptr<VideoFrame>> submitted_; ///< maybe still being decoded
    uint64_t received_ = 0;
    std::optional<int64_t> firstTimestamp_;
    double loopStart_ = 0; ///< seconds that earlier turns took
    double lastTime_ = 0;

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<std::unique_ptr<VideoFrame>> ready_;
    std::optional<Error> failure_;
    uint64_t decoded_ = 0;
    uint64_t errors_ = 0;
    bool ended_ = false;

    std::jthread thread_; ///< last: joined before the rest goes
};

} // namespace daedalus::play
