// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>

#include "tools/common/egl_device.h"
#include "tools/daedalus-play/output.h"

namespace daedalus::play {

/// A window of the Wayland compositor that WAYLAND_DISPLAY names (xdg-shell). It is given the
/// buffer that OpenGL drew on, where it takes DMA-BUFs that this node can draw on; else the
/// composed picture is read back into shared memory, and description() says so.
Result<std::unique_ptr<Output>> makeWaylandOutput(const tools::EglDevice &device,
                                                  const PixelSize &size);

} // namespace daedalus::play
