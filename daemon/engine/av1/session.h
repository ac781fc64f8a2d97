// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>
#include <vector>

#include "bitstream/av1/frame_header_writer.h"
#include "bitstream/av1/frame_state.h"
#include "bitstream/av1/request.h"
#include "engine/av1/reference_slots.h"
#include "engine/dav1d_decoder.h"
#include "engine/decode_session.h"
#include "engine/requests_ahead.h"

namespace daedalus::engine {

/// AV1 (V4L2_PIX_FMT_AV1_FRAME): a request's bitstream are a frame's tiles, wherever their
/// entries say. Sequence and frame headers are written from the controls.
///
/// Which references a frame replaces is not always told (VA-API does not). A frame for
/// which no slot is known to be free waits for the next request, which tells. If the client
/// waits for the frame instead, it is decoded without being stored, and once more when a
/// later request names it.
class Av1Session : public DecodeSession {
public:
    /// @returns as Dav1dDecoder::open()
    static Result<std::unique_ptr<DecodeSession>> create(Options options);

    void submit(DecodeRequest request, DecodeCompletion done) override;
    void finishOldest() override;
    void drain() override;
    void flush() override;

    Av1Session(const Av1Session &) = delete;
    Av1Session &operator=(const Av1Session &) = delete;
    ~Av1Session() override;

private:
    /// A request that waits for the next one.
    struct Waiting {
        DecodeRequest request;
        DecodeCompletion done;
    };
    /// A decoded frame that is in none of the decoder's slots.
    struct Unstored {
        uint64_t timestamp = 0;
        std::shared_ptr<const bitstream::Av1FrameState> state;
        /// The frame's, its references in the decoder's slots; behind a sequence header where
        /// that was new.
        std::shared_ptr<const std::vector<uint8_t>> obus;
        size_t start = 0;           ///< of the frame's OBU in it
        size_t refreshPosition = 0; ///< bit of refresh_frame_flags in obus
    };

    Av1Session(Options options, std::unique_ptr<Dav1dDecoder> decoder);
    /// Decodes the waiting request.
    /// @param next what comes after it, null: not known
    void finishWaiting(const bitstream::Av1Request *next);
    /// Starts the request's decode, or rejects it.
    void start(DecodeRequest request, uint8_t refresh, DecodeCompletion done);
    /// @param request,done taken if there is no error
    Result<void> begin(DecodeRequest &request, uint8_t refresh, DecodeCompletion &done);
    /// Answers a request that was not started; those before it come first.
    void reject(const DecodeRequest &request, const DecodeCompletion &done, const Error &error);
    Result<DecodeResult> deliver(const DecodeRequest &request,
                                 const Dav1dDecoder::Outcome &outcome);
    void updateSequence(const bitstream::Av1Request &request);
    void updateSlots(const bitstream::Av1Request &request, const gbm::FrameBuffer &target);
    void storeNamed(std::span<const __u64> timestamps);
    bool storeNow(const Unstored &frame);
    Result<bitstream::Av1References> findReferences(const bitstream::Av1Request &request) const;
    const bitstream::Av1FrameState *grainSource(const bitstream::Av1Request &request) const;
    [[nodiscard]] uint8_t slotsFor(const bitstream::Av1Request &request) const;
    Result<Unstored> writeFrame(const bitstream::Av1Request &request, uint64_t timestamp,
                                uint8_t refresh);

    Options options_;
    std::unique_ptr<Dav1dDecoder> decoder_;
    RequestsAhead<Dav1dDecoder> started_;
    Av1ReferenceSlots slots_;
    std::vector<Unstored> unstored_;
    std::optional<Waiting> waiting_;
    std::vector<uint8_t> sequence_; ///< OBU that the decoder has, or is to get
    bool sequenceIsNew_ = false;
};

} // namespace daedalus::engine
