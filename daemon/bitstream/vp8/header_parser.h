// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <linux/v4l2-controls.h>

#include "daedalus/result.h"

namespace daedalus::bitstream {

/// Where a golden or alternate reference comes from when a frame is done.
enum class Vp8Update : uint8_t { Keep, ThisFrame, Last, Other };

/// A VP8 frame header (RFC 6386 9, 19.2).
struct Vp8FrameHeader {
    /// Everything but the timestamps of the references.
    v4l2_ctrl_vp8_frame control{};
    bool keyFrame = false;
    bool showFrame = false;
    bool refreshLast = false;
    /// Vp8Update::Other is the alternate reference.
    Vp8Update golden = Vp8Update::Keep;
    /// Vp8Update::Other is the golden reference.
    Vp8Update alternate = Vp8Update::Keep;
};

/// Bytes of the uncompressed part of a frame header.
constexpr size_t vp8TagSize(bool keyFrame)
{
    return keyFrame ? 10 : 3;
}

class BoolDecoder;

/// Parses the headers of a stream's frames, in decode order: size, segmentation, loop
/// filter deltas and probabilities last from frame to frame.
class Vp8HeaderParser {
public:
    /// @param frame a whole frame
    /// @returns EBADMSG: damaged, or no key frame came before
    Result<Vp8FrameHeader> parse(std::span<const uint8_t> frame);

    /// Forgets everything; the next frame has to be a key frame.
    void reset() { *this = Vp8HeaderParser(); }

private:
    Result<void> parseTag(std::span<const uint8_t> frame, Vp8FrameHeader &header);
    void startKeyFrame();
    void parseSegmentation(BoolDecoder &decoder);
    void parseLoopFilter(BoolDecoder &decoder, v4l2_vp8_loop_filter &filter);
    void parseProbabilities(BoolDecoder &decoder, Vp8FrameHeader &header);

    bool started_ = false;
    uint16_t width_ = 0;
    uint16_t height_ = 0;
    uint8_t horizontalScale_ = 0;
    uint8_t verticalScale_ = 0;
    v4l2_vp8_segment segment_{};
    v4l2_vp8_loop_filter deltas_{}; ///< ref_frm_delta and mb_mode_delta
    v4l2_vp8_entropy entropy_{};
};

} // namespace daedalus::bitstream
