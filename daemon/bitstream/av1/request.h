// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "daedalus/control_set.h"
#include "daedalus/result.h"
#include "daedalus/v4l2_av1.h"

namespace daedalus::bitstream {

/// The controls of an AV1 request, as far as they can be checked on their own.
struct Av1Request {
    static constexpr uint8_t kNoPrimaryReference = 7;

    v4l2_ctrl_av1_sequence sequence{};
    v4l2_ctrl_av1_frame frame{};
    /// Where film grain is to be applied.
    std::optional<v4l2_ctrl_av1_film_grain> grain;
    /// The enumerations of frame: reading them there is undefined where a client wrote
    /// what they do not have.
    uint32_t frameType = 0;
    uint32_t interpolationFilter = 0;
    uint32_t txMode = 0;
    std::array<uint32_t, V4L2_AV1_TOTAL_REFS_PER_FRAME> warpModel{};
    std::array<uint32_t, V4L2_AV1_NUM_PLANES_MAX> restorationType{};
    /// Coded bytes of the tiles, row by row.
    std::vector<std::span<const uint8_t>> tiles;

    [[nodiscard]] bool has(uint32_t flag) const { return (frame.flags & flag) != 0; }
    [[nodiscard]] bool sequenceHas(uint32_t flag) const { return (sequence.flags & flag) != 0; }
    [[nodiscard]] bool isIntra() const
    {
        return frameType == V4L2_AV1_KEY_FRAME || frameType == V4L2_AV1_INTRA_ONLY_FRAME;
    }
    [[nodiscard]] bool isKeyFrame() const { return frameType == V4L2_AV1_KEY_FRAME; }
    [[nodiscard]] bool isShownKeyFrame() const
    {
        return isKeyFrame() && has(V4L2_AV1_FRAME_FLAG_SHOW_FRAME);
    }
    [[nodiscard]] bool isMonochrome() const
    {
        return sequenceHas(V4L2_AV1_SEQUENCE_FLAG_MONO_CHROME);
    }
    /// OrderHintBits
    [[nodiscard]] unsigned orderHintBits() const
    {
        return sequenceHas(V4L2_AV1_SEQUENCE_FLAG_ENABLE_ORDER_HINT) ? sequence.order_hint_bits
                                                                     : 0U;
    }
    /// PRIMARY_REF_NONE where the frame type has none.
    [[nodiscard]] uint8_t primaryReference() const
    {
        return isIntra() ? kNoPrimaryReference : frame.primary_ref_frame;
    }
    [[nodiscard]] uint32_t width() const { return frame.upscaled_width; }
    [[nodiscard]] uint32_t codedWidth() const { return frame.frame_width_minus_1 + 1; }
    [[nodiscard]] uint32_t height() const { return frame.frame_height_minus_1 + 1; }

    /// @param bitstream what the tile group entries are places in
    /// @returns EINVAL: a control is missing or does not make sense; ENOTSUP: not Main
    /// profile; EBADMSG: tiles outside of the bitstream
    static Result<Av1Request> read(const ControlSet &controls, std::span<const uint8_t> bitstream);
};

} // namespace daedalus::bitstream
