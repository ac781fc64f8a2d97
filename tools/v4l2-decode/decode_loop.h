// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <variant>
#include <vector>

#include "tools/v4l2-decode/frame_output.h"
#include "tools/v4l2-decode/latency_statistics.h"
#include "tools/v4l2-decode/options.h"
#include "tools/v4l2-decode/parser/elementary_stream.h"
#include "tools/v4l2-decode/request_decoder.h"
#include "tools/v4l2-decode/stream_plan.h"

namespace daedalus::v4l2decode {

/// Plays a stream through a decoder: keeps requests in flight, handles what the
/// parser says about each picture once all requests before it are done.
class DecodeLoop {
public:
    /// What became of the stream.
    struct Summary {
        uint64_t frames = 0;       ///< shown, those with errors too
        uint64_t badFrames = 0;    ///< shown or hidden pictures with errors
        uint64_t streamErrors = 0; ///< parts of the stream that were left out
    };

    /// All must outlive the loop.
    DecodeLoop(const Options &options, ElementaryStream &stream, RequestDecoder &decoder,
               FrameOutput &output)
        : options_(options), stream_(stream), decoder_(decoder), output_(output)
    {}

    /// Decodes everything. An Error is the device's or the output's.
    Result<Summary> run();

    /// Of the requests so far.
    LatencyStatistics &latencies() { return latencies_; }

private:
    /// Marks a request in the order of events.
    struct RequestMark {
        uint64_t timestamp = 0;
    };
    using Deferred = std::variant<RequestMark, ShowPicture, ReleasePicture>;

    Result<void> playOnce();
    Result<void> handle(const SequenceStart &start);
    Result<void> handle(const StatelessPicture &picture);
    Result<void> handle(const ShowPicture &show);
    Result<void> handle(const ReleasePicture &release);
    Result<void> handle(const StreamError &error);
    Result<void> completeOldest();
    Result<void> handleDeferred();
    Result<void> drain();
    Result<void> seek();
    Result<void> show(uint64_t timestamp, const bitstream::VisibleRect &visible);
    void reportProgress() const;
    [[nodiscard]] bool enough() const
    {
        return options_.frames != 0 && summary_.frames >= options_.frames;
    }

    const Options &options_;
    ElementaryStream &stream_;
    RequestDecoder &decoder_;
    FrameOutput &output_;
    std::vector<SequencePlan> plans_;
    size_t nextPlan_ = 0;
    std::optional<SequencePlan> plan_; ///< in force
    bool configure_ = false;           ///< with the next picture
    bool seekDone_ = false;
    uint64_t requests_ = 0;
    size_t doneRequests_ = 0; ///< of the marks in deferred_, from the front
    std::deque<Deferred> deferred_;
    std::map<uint64_t, bitstream::VisibleRect> visible_; ///< of pictures in flight, for --raw-order
    std::vector<uint8_t> packed_;
    Summary summary_;
    LatencyStatistics latencies_;
};

} // namespace daedalus::v4l2decode
