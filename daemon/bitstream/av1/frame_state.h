// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "bitstream/av1/request.h"

namespace daedalus::bitstream {

/// What later frame headers depend on: the values that are in force in a frame, wherever
/// they came from. Saved with each reference (AV1 specification 7.20).
struct Av1FrameState {
    using Features = std::array<std::array<int16_t, V4L2_AV1_SEG_LVL_MAX>, V4L2_AV1_MAX_SEGMENTS>;
    using Motion = std::array<std::array<int32_t, 6>, V4L2_AV1_TOTAL_REFS_PER_FRAME>;

    uint32_t orderHint = 0;
    Motion motion{}; ///< gm_params
    std::array<uint8_t, V4L2_AV1_MAX_SEGMENTS> featureEnabled{};
    Features featureData{};
    std::optional<v4l2_ctrl_av1_film_grain> grain; ///< nothing: not applied

    /// @param primary the frame that primary_ref_frame names, null: none
    /// @param grainSource the frame that film_grain_params_ref_idx names, null: none
    static Av1FrameState of(const Av1Request &request, const Av1FrameState *primary,
                            const Av1FrameState *grainSource);

    /// CodedLossless (5.9.2).
    [[nodiscard]] bool isCodedLossless(const Av1Request &request) const;
    /// Film grain changes the picture.
    [[nodiscard]] bool grainIsVisible() const;
};

} // namespace daedalus::bitstream
