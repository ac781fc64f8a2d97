// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "bitstream/av1/sequence_header.h"

namespace daedalus::bitstream {

/// A feature of segmentation (5.9.14).
struct Av1SegmentationFeature {
    unsigned bits; ///< of the value, its sign excluded
    bool isSigned;
    int most;
};
inline constexpr std::array<Av1SegmentationFeature, V4L2_AV1_SEG_LVL_MAX> kAv1SegmentationFeatures{
    {{8, true, 255},
     {6, true, 63},
     {6, true, 63},
     {6, true, 63},
     {6, true, 63},
     {3, false, 7},
     {0, false, 0},
     {0, false, 0}}};

/// What an AV1 frame header says (AV1 specification 5.9).
struct Av1FrameHeader {
    /// Shows a picture that was decoded earlier; nothing below frameToShow is set.
    bool showExistingFrame = false;
    uint8_t frameToShow = 0; ///< reference slot, 0..7

    /// Complete but for reference_frame_ts. Loop filter deltas, segmentation and global
    /// motion hold the values in force, also where this frame does not carry them.
    v4l2_ctrl_av1_frame control{};
    /// The values in force, also where they were loaded from a reference.
    v4l2_ctrl_av1_film_grain filmGrain{};
    uint8_t tileColsLog2 = 0;
    uint8_t tileRowsLog2 = 0;
    size_t bitCount = 0; ///< of the uncompressed header

    [[nodiscard]] bool has(uint32_t flag) const { return (control.flags & flag) != 0; }
    [[nodiscard]] bool isIntra() const
    {
        return control.frame_type == V4L2_AV1_KEY_FRAME ||
               control.frame_type == V4L2_AV1_INTRA_ONLY_FRAME;
    }
    [[nodiscard]] bool isShownKeyFrame() const
    {
        return control.frame_type == V4L2_AV1_KEY_FRAME && has(V4L2_AV1_FRAME_FLAG_SHOW_FRAME);
    }
    [[nodiscard]] uint32_t width() const { return control.upscaled_width; }
    [[nodiscard]] uint32_t height() const { return control.frame_height_minus_1 + 1; }
};

/// Parses frame headers and keeps what later ones depend on: the headers of the frames in
/// the eight reference slots.
class Av1HeaderParser {
public:
    using Slots = std::array<std::shared_ptr<const Av1FrameHeader>, 8>;

    void setSequence(const Av1SequenceHeader &sequence) { sequence_ = sequence; }
    [[nodiscard]] const std::optional<Av1SequenceHeader> &sequence() const { return sequence_; }

    /// Parses the header at the start of an OBU's payload; the slots are left alone.
    /// @param temporalId,spatialId of the OBU
    /// @returns EBADMSG: damaged; ENOTSUP: more tiles than requests can name; EAGAIN: no
    /// sequence header yet, or a reference that was never decoded
    [[nodiscard]] Result<std::shared_ptr<const Av1FrameHeader>>
    parse(std::span<const uint8_t> payload, uint8_t temporalId, uint8_t spatialId) const;

    /// Stores the frame where it says (7.20); of a frame that only shows another one,
    /// what follows from that (7.21).
    void refresh(const std::shared_ptr<const Av1FrameHeader> &header);

    [[nodiscard]] const Slots &slots() const { return slots_; }
    /// Forgets the references; the sequence header stays.
    void reset() { slots_ = {}; }

private:
    std::optional<Av1SequenceHeader> sequence_;
    Slots slots_;
};

} // namespace daedalus::bitstream
