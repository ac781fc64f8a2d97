// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>
#include <string>

#include "tools/common/egl_device.h"
#include "tools/daedalus-play/output.h"

namespace daedalus::play {

/// A whole screen, by page flips. The card must have no other master (a display server).
/// @param device on the screen's card node
/// @param connector "HDMI-A-1"; empty for the first that is connected
Result<std::unique_ptr<Output>> makeKmsOutput(const tools::EglDevice &device,
                                              const std::string &connector);

} // namespace daedalus::play
