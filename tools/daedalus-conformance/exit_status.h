// SPDX-License-Identifier: BSD-2-Clause
#pragma once

namespace daedalus::conformance {

inline constexpr int kExitExact = 0;
inline constexpr int kExitNotExact = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitSetup = 3; ///< nothing to decode, or a path that is not there

} // namespace daedalus::conformance
