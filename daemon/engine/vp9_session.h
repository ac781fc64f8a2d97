// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>

#include "av_decoder.h"
#include "decode_session.h"

namespace daedalus::engine {

/// VP9 (V4L2_PIX_FMT_VP9_FRAME): a request's bitstream is a whole frame, which holds
/// all that the decoder needs. The controls are not looked at.
class Vp9Session : public DecodeSession {
public:
    /// @returns as AvDecoder::open()
    static Result<std::unique_ptr<DecodeSession>> create(Options options);

    void submit(DecodeRequest request, DecodeCompletion done) override;
    void drain() override {}
    void flush() override;

private:
    Vp9Session(Options options, std::unique_ptr<AvDecoder> decoder);
    Result<DecodeResult> decode(const DecodeRequest &request);

    Options options_;
    std::unique_ptr<AvDecoder> decoder_;
};

} // namespace daedalus::engine
