// SPDX-License-Identifier: BSD-2-Clause
#include "tools/v4l2-decode/decode_loop.h"

#include <cstdio>

#include <unistd.h>

namespace daedalus::v4l2decode {

namespace {

constexpr uint64_t kProgressEvery = 16;

/// Whether buffers for @p current also do for @p next.
bool sameBuffers(const SequencePlan &current, const SequencePlan &next)
{
    return current.start.codec == next.start.codec &&
           current.start.bitDepth == next.start.bitDepth && current.codedWidth == next.codedWidth &&
           current.codedHeight == next.codedHeight && current.pictures >= next.pictures &&
           current.bitstreamSize >= next.bitstreamSize;
}

} // namespace

Result<DecodeLoop::Summary> DecodeLoop::run()
{
    plans_ = planStream(stream_);
    for (unsigned round = 0; round < options_.repeat && !enough(); ++round) {
        if (round > 0) {
            stream_.rewind();
        }
        nextPlan_ = 0;
        if (auto result = playOnce(); !result) {
            return tl::unexpected(result.error());
        }
    }
    if (auto result = output_.finish(); !result) {
        return tl::unexpected(result.error());
    }
    return summary_;
}

Result<void> DecodeLoop::playOnce()
{
    while (!enough()) {
        const auto event = stream_.next();
        if (!event) {
            return drain();
        }
        auto result = std::visit([this](const auto &value) { return handle(value); }, *event);
        if (!result) {
            return result;
        }
        if (options_.seek != 0 && requests_ == options_.seek && !seekDone_) {
            if (result = seek(); !result) {
                return result;
            }
        }
    }
    return {};
}

Result<void> DecodeLoop::handle(const SequenceStart &start)
{
    if (!start.independent && nextPlan_ > 0) {
        // The buffers are large enough for all of this part of the stream.
        return {};
    }
    if ((start.bitDepth != 8 && start.bitDepth != 10) || start.chromaFormatIdc != 1) {
        return fail(ENOTSUP, "only 8-bit and 10-bit 4:2:0 streams can be decoded");
    }
    const SequencePlan &next = plans_[nextPlan_++];
    configure_ = configure_ || !plan_ || !sameBuffers(*plan_, next);
    plan_ = next;
    return configure_ ? drain() : Result<void>();
}

Result<void> DecodeLoop::handle(const StatelessPicture &picture)
{
    if (configure_) {
        if (auto result = decoder_.configure(*plan_, picture); !result) {
            return result;
        }
        configure_ = false;
    }
    while (decoder_.full()) {
        if (auto result = completeOldest(); !result) {
            return result;
        }
    }
    if (auto result = decoder_.submit(picture); !result) {
        return result;
    }
    ++requests_;
    deferred_.emplace_back(RequestMark{picture.timestamp});
    visible_[picture.timestamp] = picture.visible;
    return {};
}

Result<void> DecodeLoop::handle(const ShowPicture &show)
{
    deferred_.emplace_back(show);
    return handleDeferred();
}

Result<void> DecodeLoop::handle(const ReleasePicture &release)
{
    deferred_.emplace_back(release);
    return handleDeferred();
}

Result<void> DecodeLoop::handle(const StreamError &error)
{
    ++summary_.streamErrors;
    std::fprintf(stderr, "v4l2-decode: %s\n", error.what.c_str());
    return {};
}

Result<void> DecodeLoop::completeOldest()
{
    const auto completion = decoder_.complete();
    if (!completion) {
        return tl::unexpected(completion.error());
    }
    ++doneRequests_;
    latencies_.add(completion->latency);
    if (options_.timing) {
        std::fprintf(stderr, "request %llu: %s ms\n",
                     static_cast<unsigned long long>(completion->timestamp / 1000),
                     milliseconds(completion->latency).c_str());
    }
    if (completion->pictureDone) {
        const auto node = visible_.extract(completion->timestamp);
        if (decoder_.hasError(completion->timestamp).value_or(true)) {
            ++summary_.badFrames;
            std::fprintf(stderr, "v4l2-decode: picture %llu (decode order) has errors\n",
                         static_cast<unsigned long long>(completion->timestamp / 1000));
        }
        if (options_.decodeOrder) {
            if (auto result = show(completion->timestamp, node.mapped()); !result) {
                return result;
            }
        }
    }
    return handleDeferred();
}

/// Handles what comes before the oldest request that is not done yet.
Result<void> DecodeLoop::handleDeferred()
{
    while (!deferred_.empty() && !enough()) {
        const Deferred next = deferred_.front();
        Result<void> result;
        if (std::holds_alternative<RequestMark>(next)) {
            if (doneRequests_ == 0) {
                return {};
            }
            --doneRequests_;
        } else if (const auto *picture = std::get_if<ShowPicture>(&next)) {
            if (!options_.decodeOrder) {
                result = show(picture->timestamp, picture->visible);
            }
        } else if (const auto *release = std::get_if<ReleasePicture>(&next)) {
            result = decoder_.release(release->timestamp);
        }
        if (!result) {
            return result;
        }
        deferred_.pop_front();
    }
    return {};
}

Result<void> DecodeLoop::drain()
{
    while (decoder_.inFlight() > 0) {
        if (auto result = completeOldest(); !result) {
            return result;
        }
    }
    return handleDeferred();
}

Result<void> DecodeLoop::seek()
{
    seekDone_ = true;
    deferred_.clear();
    visible_.clear();
    doneRequests_ = 0;
    nextPlan_ = 0;
    stream_.rewind();
    return decoder_.restart();
}

Result<void> DecodeLoop::show(uint64_t timestamp, const bitstream::VisibleRect &visible)
{
    const uint64_t number = summary_.frames++;
    reportProgress();
    if (decoder_.hasError(timestamp).value_or(true) || !output_.wantsSamples()) {
        return {};
    }
    const auto view = decoder_.view(timestamp);
    if (!view) {
        return tl::unexpected(view.error());
    }
    packPlanar(*view, visible, packed_);
    return output_.write(number, packed_, visible);
}

void DecodeLoop::reportProgress() const
{
    if (!options_.timing && summary_.frames % kProgressEvery == 0 && ::isatty(STDERR_FILENO) != 0) {
        std::fprintf(stderr, "\r%llu frames", static_cast<unsigned long long>(summary_.frames));
    }
}

} // namespace daedalus::v4l2decode
