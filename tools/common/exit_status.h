// SPDX-License-Identifier: BSD-2-Clause
#pragma once

namespace daedalus::tools {

// What the exit status of a tool says; each tool's manual has it for that tool.
inline constexpr int kExitGood = 0;
inline constexpr int kExitBad = 1; ///< frames or streams had errors, or are not what they should be
inline constexpr int kExitUsage = 2;
inline constexpr int kExitSetup = 3;        ///< no device, no display, or a file that fails
inline constexpr int kExitNotSupported = 4; ///< the stream is of a kind that is not decoded

} // namespace daedalus::tools
