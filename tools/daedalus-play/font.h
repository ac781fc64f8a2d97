// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace daedalus::play {

inline constexpr unsigned kGlyphWidth = 5; ///< pixels
inline constexpr unsigned kGlyphHeight = 7;

/// Rows of a letter from top to bottom, the leftmost pixel in bit 4.
using Glyph = std::array<uint8_t, kGlyphHeight>;

/// The letters that there are: capitals, digits and some signs. The first is the space.
std::string_view fontLetters();

/// Number of @p letter in fontLetters(); small letters are drawn as capitals, what is not there
/// as a space.
unsigned glyphNumber(char letter);

/// How glyph @p number looks.
const Glyph &glyph(unsigned number);

} // namespace daedalus::play
