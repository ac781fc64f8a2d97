// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "daedalus/result.h"
#include "tools/common/egl_device.h"
#include "tools/daedalus-play/canvas.h"

namespace daedalus::play {

using SteadyClock = std::chrono::steady_clock;

/// Where the composed picture goes.
class Output {
public:
    Output() = default;
    Output(const Output &) = delete;
    Output &operator=(const Output &) = delete;
    virtual ~Output() = default;

    /// For people: what it is, and how pictures get there.
    [[nodiscard]] virtual std::string description() const = 0;

    /// What to draw the next picture on, which is not being shown.
    /// @return null while there is none: wait() for it
    virtual Result<const Canvas *> begin() = 0;
    /// Shows what was drawn on the last canvas of begin(). The GPU has to be done with it.
    virtual Result<void> show() = 0;

    /// Waits for @p until, or for something to happen before that.
    /// @return false when the user wants to end
    virtual Result<bool> wait(SteadyClock::time_point until) = 0;
};

/// Draws on memory of OpenGL's own, shows nothing.
std::unique_ptr<Output> makeOffscreenOutput(Canvas canvas);

/// A whole screen, by page flips. The card must have no other master (a display server).
/// @param device on the screen's card node
/// @param connector "HDMI-A-1"; empty for the first that is connected
Result<std::unique_ptr<Output>> makeKmsOutput(const tools::EglDevice &device,
                                              const std::string &connector);

/// A window of the Wayland compositor that WAYLAND_DISPLAY names (xdg-shell). It is given the
/// buffer that OpenGL drew on, where it takes DMA-BUFs that this node can draw on; else the
/// composed picture is read back into shared memory, and description() says so.
Result<std::unique_ptr<Output>> makeWaylandOutput(const tools::EglDevice &device,
                                                  const PixelSize &size);

} // namespace daedalus::play
