// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <linux/v4l2-controls.h>

#include "daedalus/result.h"

namespace daedalus::bitstream {

/// What a VP9 frame's headers say (VP9 specification 6.2 and 6.3).
struct Vp9FrameHeader {
    /// Shows a picture that was decoded earlier; nothing below frameToShow is set.
    bool showExistingFrame = false;
    uint8_t frameToShow = 0; ///< reference slot, 0..7

    bool keyFrame = false;
    bool intraOnly = false;
    bool showFrame = false;
    bool errorResilient = false;
    /// Reference slots that hold this picture once it is decoded, bit i for slot i.
    uint8_t refreshFrameFlags = 0;
    /// Slots of LAST, GOLDEN and ALTREF; meaningful for inter frames only.
    std::array<uint8_t, 3> refFrameIdx{};
    uint32_t width = 0;
    uint32_t height = 0;
    uint32_t renderWidth = 0;
    uint32_t renderHeight = 0;
    uint8_t profile = 0;
    uint8_t bitDepth = 8;
    bool subsamplingX = true;
    bool subsamplingY = true;

    /// Complete but for last_frame_ts, golden_frame_ts and alt_frame_ts. Loop
    /// filter deltas and segmentation parameters hold the values in force, also
    /// where this frame does not carry them.
    v4l2_ctrl_vp9_frame control{};
    /// Probability updates, 0 where there is none (6.3).
    v4l2_ctrl_vp9_compressed_hdr compressed{};
};

/// Splits a chunk into frames along its superframe index (Annex B). A chunk without
/// an index is one frame. Damaged index: the chunk is taken as one frame, as
/// libvpx does.
std::vector<std::span<const uint8_t>> splitVp9Superframe(std::span<const uint8_t> chunk);

/// Parses frame headers and keeps the state that lasts from frame to frame: loop
/// filter deltas, segmentation parameters, the size of each reference slot.
class Vp9HeaderParser {
public:
    /// Parses a frame's headers and, if they are good, advances the state as if
    /// the frame had been decoded.
    /// @param frame one whole frame, no superframe
    /// @returns EBADMSG: damaged; ENOTSUP: reserved values; EAGAIN: an inter frame
    /// refers to a slot that was never written
    Result<Vp9FrameHeader> parse(std::span<const uint8_t> frame);

    /// Forgets everything: the next frame has to be a key frame.
    void reset() { *this = Vp9HeaderParser(); }

private:
    friend class Vp9UncompressedHeaderReader;

    struct Slot {
        bool valid = false;
        uint32_t width = 0;
        uint32_t height = 0;
        uint8_t bitDepth = 8;
        bool subsamplingX = true;
        bool subsamplingY = true;
    };
    struct State {
        v4l2_vp9_loop_filter loopFilter{};
        v4l2_vp9_segmentation segmentation{};
        std::array<Slot, 8> slots{};
        uint8_t bitDepth = 8;
        bool subsamplingX = true;
        bool subsamplingY = true;
    };
    State state_;
};

} // namespace daedalus::bitstream
