// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>

namespace daedalus::bitstream {

/// By block type, coefficient band, context and node of the token tree (RFC 6386 13.3).
using Vp8CoefficientProbs = std::array<std::array<std::array<std::array<uint8_t, 11>, 3>, 8>, 4>;
/// Of rows and columns of motion vectors (RFC 6386 17.2).
using Vp8MvProbs = std::array<std::array<uint8_t, 19>, 2>;

/// What a key frame starts with (RFC 6386 13.5).
extern const Vp8CoefficientProbs kVp8DefaultCoefficientProbs;
/// How likely it is that a frame header changes one (RFC 6386 13.4).
extern const Vp8CoefficientProbs kVp8CoefficientUpdateProbs;
/// What a key frame starts with (RFC 6386 17.2).
extern const Vp8MvProbs kVp8DefaultMvProbs;
/// How likely it is that a frame header changes one (RFC 6386 17.2).
extern const Vp8MvProbs kVp8MvUpdateProbs;

} // namespace daedalus::bitstream
