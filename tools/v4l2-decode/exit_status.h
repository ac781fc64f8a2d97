// SPDX-License-Identifier: BSD-2-Clause
#pragma once

namespace daedalus::v4l2decode {

inline constexpr int kExitGood = 0;
inline constexpr int kExitBadFrames = 1; ///< frames or parts of the stream had errors
inline constexpr int kExitUsage = 2;
inline constexpr int kExitDevice = 3;       ///< the device, the input file or the output failed
inline constexpr int kExitNotSupported = 4; ///< the stream is of a kind that is not decoded

} // namespace daedalus::v4l2decode
