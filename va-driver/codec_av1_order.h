// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "daedalus/v4l2_av1.h"

namespace daedalus::va {

/// Order hints of the references LAST to ALTREF; nothing where one is unknown.
using Av1OrderHints = std::array<std::optional<uint32_t>, V4L2_AV1_REFS_PER_FRAME>;

/// How much later @p a is shown than @p b (get_relative_dist, AV1 specification, clause 5.9.3).
int av1RelativeDistance(unsigned orderHintBits, uint32_t a, uint32_t b);

/// SkipModeFrame: the two references (enum v4l2_av1_reference_frame, the smaller
/// first) that skip mode predicts from, by clause 5.9.22. Nothing: skip mode is not
/// allowed. To be asked only where the frame is not intra, has reference_select and
/// the sequence order hints.
std::optional<std::array<uint8_t, 2>> av1SkipModeFrames(unsigned orderHintBits, uint32_t current,
                                                        const Av1OrderHints &references);

} // namespace daedalus::va
