// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>
#include <vector>

#include "bitstream/mpeg2/header_writer.h"
#include "engine/av_decoder.h"
#include "engine/decode_session.h"
#include "engine/known_pictures.h"

namespace daedalus::engine {

/// MPEG-2 (V4L2_PIX_FMT_MPEG2_SLICE): a request's bitstream is all slices of a frame or
/// field. Headers are written from the controls.
///
/// References are the last two pictures that are not B pictures, which libavcodec keeps by
/// itself; it is only looked whether the session had them.
class Mpeg2Session : public DecodeSession {
public:
    explicit Mpeg2Session(Options options) : options_(std::move(options)) {}

    void submit(DecodeRequest request, DecodeCompletion done) override;
    void drain() override {}
    void flush() override;

private:
    Result<DecodeResult> decode(const DecodeRequest &request);
    Result<void> openDecoder();
    Result<void> fillPacket(const DecodeRequest &request,
                            const bitstream::Mpeg2Parameters &parameters, bool second);
    /// Whether all that the picture may refer to is there.
    bool knowsReferences(const bitstream::Mpeg2Parameters &parameters, uint64_t timestamp,
                         bool second);
    [[nodiscard]] bool isSecondField(const DecodeRequest &request,
                                     const bitstream::Mpeg2Parameters &parameters) const;

    Options options_;
    std::unique_ptr<AvDecoder> decoder_; ///< null: to be opened
    std::vector<uint8_t> headers_;

    /// A frame of which one field was decoded; null if there is none.
    std::shared_ptr<const Picture> fieldPicture_;
    std::shared_ptr<const gbm::FrameBuffer> fieldTarget_;
    bitstream::Mpeg2Parameters fieldParameters_;

    KnownPictures known_;
    bool loneField_ = false; ///< the session began with a field, and its other did not come yet
    uint64_t loneFieldName_ = 0;
};

} // namespace daedalus::engine
