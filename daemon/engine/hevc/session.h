// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "bitstream/hevc/parameter_writer.h"
#include "bitstream/hevc/picture_data.h"
#include "bitstream/hevc/references.h"
#include "engine/av_pipeline.h"
#include "engine/decode_session.h"
#include "engine/known_pictures.h"

namespace daedalus::engine {

/// H.265 (V4L2_PIX_FMT_HEVC_SLICE), Main and Main 10, frame based, with Annex B start
/// codes.
///
/// libavcodec gets a stream of its own: parameter sets made from the controls, and
/// slices whose headers name all reference pictures explicitly.
///
/// Threads decode rows of a picture at the same time, where it allows that, or else pictures
/// that follow each other.
class HevcSession : public DecodeSession {
public:
    explicit HevcSession(Options options);

    HevcSession(const HevcSession &) = delete;
    HevcSession &operator=(const HevcSession &) = delete;
    ~HevcSession() override;

    void submit(DecodeRequest request, DecodeCompletion done) override;
    void finishOldest() override;
    void drain() override;
    void flush() override;

private:
    using Slices = std::vector<bitstream::HevcSlice>;

    /// @param request,done taken if there is no error
    Result<void> begin(DecodeRequest &request, DecodeCompletion &done);
    /// @param isExact all that the picture refers to was there
    Result<DecodeResult> deliver(const DecodeRequest &request, bool isExact,
                                 const AvDecoder::Outcome &outcome);
    /// Whether all that the slices may refer to is there.
    bool knowsReferences(const Slices &slices, const bitstream::HevcParameters &parameters);
    /// Closes the decoder. What the client was given before keeps its name.
    void closeDecoder();
    /// Has the decoder forget its pictures in front of one that refers to none of them.
    void beginSequence(const bitstream::HevcSliceHeader &first,
                       const bitstream::HevcParameters &parameters,
                       const bitstream::HevcReferences &references);
    Result<void> openDecoder(const Slices &slices, const bitstream::HevcParameters &parameters);
    Result<void> fillPacket(const DecodeRequest &request,
                            const bitstream::HevcParameters &parameters,
                            const bitstream::HevcReferences &references, const Slices &slices);
    void appendParameterSets(const bitstream::HevcParameters &parameters, uint8_t ppsId);
    void forgetParameterSets();
    void advance(const DecodeRequest &request, const bitstream::HevcSliceHeader &first,
                 const bitstream::HevcParameters &parameters,
                 const bitstream::HevcReferences &references);
    /// The picture order count that the decoder derives (8.3.1).
    [[nodiscard]] int32_t decodersOrderCount(const bitstream::HevcSliceHeader &first,
                                             int32_t poc) const;

    Options options_;
    AvPipeline pipeline_; ///< closed after a flush
    std::vector<uint8_t> sentSequence_;
    std::array<std::vector<uint8_t>, 64> sentPps_;
    std::vector<uint8_t> scratch_;
    std::vector<bitstream::HevcPictureName> decoded_; ///< what the decoder has for reference
    int32_t anchorPoc_ = 0;                           ///< the decoder's, of prevTid0Pic
    KnownPictures known_;
    bool lost_ = false; ///< a picture is missing that the stream did have
};

} // namespace daedalus::engine
