// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>
#include <span>

#include "engine/av_decoder.h"
#include "engine/decode_session.h"

namespace daedalus::engine {

/// VP8 (V4L2_PIX_FMT_VP8_FRAME): a request's bitstream is a whole frame, its
/// uncompressed header included, which holds all that the decoder needs. The controls
/// are not looked at.
class Vp8Session : public DecodeSession {
public:
    /// @returns as AvDecoder::open()
    static Result<std::unique_ptr<DecodeSession>> create(Options options);

    void submit(DecodeRequest request, DecodeCompletion done) override;
    void drain() override {}
    void flush() override;

private:
    Vp8Session(Options options, std::unique_ptr<AvDecoder> decoder);
    Result<DecodeResult> decode(const DecodeRequest &request);
    Result<void> startKeyFrame(std::span<const uint8_t> frame, const gbm::FrameBuffer &target);

    Options options_;
    std::unique_ptr<AvDecoder> decoder_;
};

} // namespace daedalus::engine
