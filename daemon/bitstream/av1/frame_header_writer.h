// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "bitstream/av1/bit_writer.h"
#include "bitstream/av1/frame_state.h"
#include "bitstream/av1/request.h"
#include "bitstream/av1/tiles.h"

namespace daedalus::bitstream {

/// Where the references of a frame are in the decoder, and what was saved with them.
struct Av1References {
    /// Decoder's slots of LAST to ALTREF.
    std::array<uint8_t, V4L2_AV1_REFS_PER_FRAME> slots{};
    /// Of the same frames; null for a frame without references.
    std::array<const Av1FrameState *, V4L2_AV1_REFS_PER_FRAME> states{};

    /// State of the frame that primary_ref_frame names; null: none.
    [[nodiscard]] const Av1FrameState *primary(const Av1Request &request) const
    {
        return request.primaryReference() < states.size() ? states[request.primaryReference()]
                                                          : nullptr;
    }
};

/// Writes a frame header (AV1 specification 5.9.2) that decodes to the samples that the
/// request asks for.
///
/// What only the order of output or error resilience depends on is written as is simplest:
/// every frame is a hidden, showable one without error_resilient_mode, its size explicit.
/// Switch frames are inter frames then.
class Av1FrameHeaderWriter {
public:
    /// @param state Av1FrameState::of() the request
    Av1FrameHeaderWriter(const Av1Request &request, const Av1References &references,
                         const Av1FrameState &state)
        : request_(request), references_(references), state_(state)
    {}

    /// @param refresh refresh_frame_flags, decoder's slots
    /// @returns EINVAL: a value that cannot be said
    Result<void> write(uint8_t refresh);

    /// Whole bytes; tile_start_and_end_present_flag is written, too.
    [[nodiscard]] std::span<const uint8_t> bytes() const { return bits_.bytes(); }
    /// Bits before refresh_frame_flags.
    [[nodiscard]] size_t refreshPosition() const { return refreshPosition_; }

private:
    // frame_header_writer.cpp
    void kind();
    void refresh(uint8_t slots);
    void intraFrame();
    void interFrame();
    void frameSize();
    void modes();
    void globalMotion();
    void globalParameters(unsigned reference);

    // frame_coding_writer.cpp
    void tileInfo();
    void uniformTiles(const Av1TileLimits &limits);
    void increments(unsigned log2, unsigned least, unsigned most);
    void explicitTiles(const Av1TileLimits &limits);
    void quantization();
    void deltaQ(int delta);
    void segmentation();
    void segmentationData();
    void deltaQAndLf();
    void loopFilter();
    void cdef();
    void loopRestoration();
    void loopRestorationUnits(bool usesChroma);

    // film_grain_writer.cpp
    void filmGrain();
    void filmGrainUpdate(const v4l2_ctrl_av1_film_grain &grain);

    [[nodiscard]] bool has(uint32_t flag) const { return request_.has(flag); }

    const Av1Request &request_;
    const Av1References &references_;
    const Av1FrameState &state_;
    Av1BitWriter bits_;
    size_t refreshPosition_ = 0;
};

} // namespace daedalus::bitstream
