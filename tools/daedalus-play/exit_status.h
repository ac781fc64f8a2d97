// SPDX-License-Identifier: BSD-2-Clause
#pragma once

namespace daedalus::play {

inline constexpr int kExitPlayed = 0;
inline constexpr int kExitFailed = 1; ///< a stream could not be played to its end
inline constexpr int kExitUsage = 2;
inline constexpr int kExitSetup = 3; ///< no device, no display, or surfaces cannot be imported

} // namespace daedalus::play
