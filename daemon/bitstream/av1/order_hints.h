// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

namespace daedalus::bitstream {

/// Order hints of the references LAST to ALTREF; nothing where one is unknown.
using Av1OrderHints = std::array<std::optional<uint32_t>, 7>;

/// get_relative_dist() (AV1 specification 7.9.3): how much later @p a is shown than @p b.
/// @param bits OrderHintBits, 0 where there are no order hints
int av1RelativeDistance(unsigned bits, uint32_t a, uint32_t b);

/// SkipModeFrame (5.9.22) as indexes into the seven references, the smaller one first.
/// Nothing: skip mode is not allowed.
/// To be asked only where the frame is not intra and has reference_select.
std::optional<std::pair<unsigned, unsigned>> av1SkipModeFrames(unsigned bits, uint32_t current,
                                                               const Av1OrderHints &hints);

/// set_frame_refs() (7.8): the slots of the seven references where the header has only two.
/// @param slotHints order hints of the eight slots
/// @param last,golden slots of LAST and GOLDEN
std::array<int8_t, 7> av1FrameRefs(unsigned bits, uint32_t current,
                                   const std::array<uint32_t, 8> &slotHints, uint8_t last,
                                   uint8_t golden);

} // namespace daedalus::bitstream
