// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "bitstream/h264/parameter_writer.h"
#include "bitstream/h264/picture_data.h"
#include "engine/av_pipeline.h"
#include "engine/decode_session.h"
#include "engine/h264/frame_numbers.h"
#include "engine/h264/reference_check.h"
#include "engine/picture_transfer.h"

namespace daedalus::engine {

/// H.264 (V4L2_PIX_FMT_H264_SLICE), frame based, with Annex B start codes.
///
/// The parameter sets are written anew from the controls; the decoder keeps the
/// references by itself, from the slice headers.
///
/// Threads decode the slices of a picture at the same time or, where there is but one and
/// pictures are frames, pictures that follow each other.
class H264Session : public DecodeSession {
public:
    explicit H264Session(Options options);

    H264Session(const H264Session &) = delete;
    H264Session &operator=(const H264Session &) = delete;
    ~H264Session() override;

    void submit(DecodeRequest request, DecodeCompletion done) override;
    void finishOldest() override;
    void drain() override;
    void flush() override;

private:
    using Slices = std::vector<bitstream::H264Slice>;

    /// What of a request matters when its picture is there.
    struct Delivery {
        PictureRows rows = PictureRows::All;
        bool firstField = false; ///< its other may follow
        bool secondField = false;
        H264ReferenceCheck::Verdict references;
    };

    /// @param request,done taken if there is no error
    Result<void> begin(DecodeRequest &request, DecodeCompletion &done);
    Result<void> openDecoder(size_t slices, const bitstream::H264Parameters &parameters);
    /// Brings the decoder to where the picture can be decoded.
    H264FrameNumbers::Prediction prepare(const bitstream::H264SliceHeader &first,
                                         const bitstream::H264Parameters &parameters,
                                         const Slices &slices);
    void restartIfNeeded(const bitstream::H264SliceHeader &first,
                         const bitstream::H264Parameters &parameters);
    /// Closes the decoder. What the client was given before keeps its name.
    void closeDecoder();
    /// Decodes repetitions of the last reference where frames were lost.
    void replaceLostFrames(const bitstream::H264SliceHeader &first,
                           const bitstream::H264Parameters &parameters, unsigned lost,
                           const Slices &slices);
    bool startRepetition();
    Result<void> fillPacket(const DecodeRequest &request,
                            const bitstream::H264Parameters &parameters, const Slices &slices);
    void appendParameterSets(std::vector<uint8_t> &stream,
                             const bitstream::H264Parameters &parameters, const Slices &slices);
    void forgetParameterSets();
    Result<DecodeResult> deliver(const DecodeRequest &request, const Delivery &delivery,
                                 AvDecoder::Outcome outcome);

    Options options_;
    AvPipeline pipeline_; ///< opened by the first request after a flush
    H264FrameNumbers frameNumbers_;
    H264ReferenceCheck references_;
    /// The picture whose first field was decoded last, and where it was to go.
    std::shared_ptr<const Picture> fieldPicture_;
    std::shared_ptr<const gbm::FrameBuffer> fieldTarget_;
    /// A reference was decoded since the last flush.
    bool hasReferences_ = false;
    int32_t lastPicOrderCnt_ = 0; ///< of the last reference
    /// What the decoder has, by id.
    std::array<std::vector<uint8_t>, 32> sentSps_;
    std::array<std::vector<uint8_t>, 256> sentPps_;
    std::vector<uint8_t> scratch_;
};

} // namespace daedalus::engine
