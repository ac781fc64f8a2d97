// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "daedalus/result.h"
#include "tools/daedalus-play/canvas.h"

namespace daedalus::play {

using SteadyClock = std::chrono::steady_clock;

/// Where the composed picture goes.
class Output {
public:
    Output() = default;
    Output(const Output &) = delete;
    Output &operator=(const Output &) = delete;
    Output(Output &&) = delete;
    Output &operator=(Output &&) = delete;
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

} // namespace daedalus::play
