// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/video_stream.h"

#include <cerrno>

namespace daedalus::play {
namespace {

/// Pictures that may be ready and not shown yet.
constexpr size_t kReady = 3;
/// Pictures that the driver may be working on while the next is sent.
constexpr size_t kSubmitted = 3;
/// What is on the screen, and what the GPU may still be reading.
constexpr size_t kShown = 3;

} // namespace

Result<std::unique_ptr<VideoStream>> VideoStream::open(const std::string &file,
                                                       std::shared_ptr<tools::VaDisplay> display,
                                                       FormatChoice choose,
                                                       const Settings &settings)
{
    auto demuxer = tools::Demuxer::open(file);
    if (!demuxer) {
        return fail(demuxer.error().code(), file + ": " + demuxer.error().what());
    }
    auto decoder = HwDecoder::create(demuxer->stream(), std::move(display), std::move(choose),
                                     static_cast<int>(kReady + kSubmitted + kShown));
    if (!decoder) {
        return fail(decoder.error().code(), file + ": " + decoder.error().what());
    }
    return std::unique_ptr<VideoStream>(
        new VideoStream(file, std::move(*demuxer), std::move(*decoder), settings));
}

VideoStream::VideoStream(std::string file, tools::Demuxer demuxer,
                         std::unique_ptr<HwDecoder> decoder, const Settings &settings)
    : file_(std::move(file)), settings_(settings), demuxer_(std::move(demuxer)),
      decoder_(std::move(decoder)), thread_([this](const std::stop_token &stop) { run(stop); })
{}

VideoStream::~VideoStream()
{
    thread_.request_stop();
    thread_.join();
}

void VideoStream::run(const std::stop_token &stop)
{
    auto done = decodeAll(stop);
    while (!submitted_.empty() && !stop.stop_requested()) {
        finishOldest(stop);
    }
    submitted_.clear();
    const std::lock_guard lock(mutex_);
    if (!done && !stop.stop_requested()) {
        failure_ = Error(done.error().code(), file_ + ": " + done.error().what());
    }
    errors_ += decoder_->errors();
    ended_ = true;
    changed_.notify_all();
}

Result<void> VideoStream::decodeAll(const std::stop_token &stop)
{
    for (;;) {
        const uint64_t before = received_;
        const auto again = decodeOnce(stop);
        if (!again) {
            return tl::unexpected(again.error());
        }
        if (!*again) {
            return {};
        }
        if (received_ == before) {
            return fail(EINVAL, "no picture was decoded");
        }
        if (auto rewound = demuxer_.rewind(); !rewound) {
            return rewound;
        }
        decoder_->flush();
        loopStart_ = lastTime_ + 1.0 / demuxer_.frameRate();
        firstTimestamp_.reset();
    }
}

/// The file from start to end. @return true where it is to be played again
Result<bool> VideoStream::decodeOnce(const std::stop_token &stop)
{
    const tools::AvPtr<AVPacket> packet(::av_packet_alloc());
    if (!packet) {
        return fail(ENOMEM, "no memory for a packet");
    }
    bool atEnd = false;
    while (!atEnd && !stop.stop_requested()) {
        const auto more = demuxer_.read(*packet);
        if (!more) {
            return tl::unexpected(more.error());
        }
        atEnd = !*more;
        auto sent = decoder_->send(atEnd ? nullptr : packet.get());
        while (sent && !*sent && !stop.stop_requested()) {
            if (auto received = receiveAll(stop); !received) {
                return tl::unexpected(received.error());
            }
            sent = decoder_->send(atEnd ? nullptr : packet.get());
        }
        ::av_packet_unref(packet.get());
        if (!sent) {
            return tl::unexpected(sent.error());
        }
        if (auto received = receiveAll(stop); !received) {
            return tl::unexpected(received.error());
        }
    }
    if (!stop.stop_requested() && received_ == 0) {
        return fail(EINVAL, "no picture was decoded");
    }
    return settings_.loop && !stop.stop_requested();
}

Result<void> VideoStream::receiveAll(const std::stop_token &stop)
{
    while (!stop.stop_requested()) {
        auto frame = decoder_->receive();
        if (!frame) {
            return tl::unexpected(frame.error());
        }
        if (!*frame) {
            break;
        }
        setTime(**frame);
        submitted_.push_back(std::move(*frame));
        while (submitted_.size() > kSubmitted) {
            finishOldest(stop);
        }
    }
    return {};
}

void VideoStream::setTime(VideoFrame &frame)
{
    const int64_t timestamp = frame.frame->best_effort_timestamp;
    if (timestamp != AV_NOPTS_VALUE) {
        if (!firstTimestamp_) {
            firstTimestamp_ = timestamp;
        }
        const double since = static_cast<double>(timestamp - *firstTimestamp_) *
                             ::av_q2d(demuxer_.stream().time_base);
        frame.time = loopStart_ + since;
    } else {
        frame.time = received_ == 0 ? 0.0 : lastTime_ + 1.0 / demuxer_.frameRate();
    }
    lastTime_ = frame.time;
    frame.number = received_++;
}

void VideoStream::finishOldest(const std::stop_token &stop)
{
    auto frame = std::move(submitted_.front());
    submitted_.pop_front();
    const VAStatus status = ::vaSyncSurface(frame->pool->display(), frame->surface);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, stop, [this] { return ready_.size() < kReady; });
    ++decoded_;
    errors_ += status != VA_STATUS_SUCCESS ? 1 : 0;
    if (!stop.stop_requested()) {
        ready_.push_back(std::move(frame));
    }
    changed_.notify_all();
}

void VideoStream::waitForFrame()
{
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !ready_.empty() || ended_; });
}

std::optional<double> VideoStream::nextTime()
{
    const std::lock_guard lock(mutex_);
    return ready_.empty() ? std::nullopt : std::optional(ready_.front()->time);
}

std::unique_ptr<VideoFrame> VideoStream::take()
{
    const std::lock_guard lock(mutex_);
    if (ready_.empty()) {
        return nullptr;
    }
    auto frame = std::move(ready_.front());
    ready_.pop_front();
    changed_.notify_all();
    return frame;
}

bool VideoStream::finished()
{
    const std::lock_guard lock(mutex_);
    return ended_ && ready_.empty();
}

std::optional<Error> VideoStream::failure()
{
    const std::lock_guard lock(mutex_);
    return failure_;
}

uint64_t VideoStream::decoded()
{
    const std::lock_guard lock(mutex_);
    return decoded_;
}

uint64_t VideoStream::errors()
{
    const std::lock_guard lock(mutex_);
    return errors_;
}

} // namespace daedalus::play
