// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "bitstream/vp9/header_parser.h"
#include "engine/av_pipeline.h"
#include "engine/client_pace.h"
#include "engine/decode_session.h"

namespace daedalus::engine {

/// VP9 (V4L2_PIX_FMT_VP9_FRAME): a request's bitstream is a whole frame, which holds
/// all that the decoder needs. The controls are not looked at.
///
/// Threads decode the columns of tiles of a picture at the same time or, for a client that has
/// several pictures under way, pictures that follow each other. Which of them, each key frame
/// decides for those that follow.
class Vp9Session : public DecodeSession {
public:
    /// @returns as AvDecoder::open()
    static Result<std::unique_ptr<DecodeSession>> create(Options options);

    Vp9Session(const Vp9Session &) = delete;
    Vp9Session &operator=(const Vp9Session &) = delete;
    ~Vp9Session() override;

    void submit(DecodeRequest request, DecodeCompletion done) override;
    void finishOldest() override;
    void drain() override;
    void flush() override;

private:
    explicit Vp9Session(Options options);
    Result<void> open(bool ahead);
    /// @param request,done taken if there is no error
    Result<void> begin(DecodeRequest &request, DecodeCompletion &done);
    /// Sees to it that there is a decoder, of the kind that the frame is to start.
    Result<void> chooseDecoder(const Result<bitstream::Vp9FrameHeader> &header);
    /// Whether what the frame builds on is there, but for slots that nothing was ever put into:
    /// those the decoder knows.
    bool knowsWhatItBuildsOn(const bitstream::Vp9FrameHeader &header);
    /// The names of the pictures that the frame reads; from now on the slots have what they have
    /// after it.
    std::vector<uint64_t> advance(const bitstream::Vp9FrameHeader &header, uint64_t timestamp);

    Options options_;
    AvPipeline pipeline_;
    ClientPace pace_;
    bitstream::Vp9HeaderParser parser_;
    std::array<std::optional<uint64_t>, 8> slots_; ///< names of the references
    uint8_t contexts_ = 0;     ///< probability contexts that were set, bit i for context i
    uint8_t spoiledSlots_ = 0; ///< whose frame could not be decoded
    bool lost_ = false;        ///< the stream has a frame that the decoder has not
};

} // namespace daedalus::engine
