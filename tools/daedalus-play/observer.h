// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>

#include "tools/daedalus-play/compositor.h"

namespace daedalus::play {

/// Looks at what the player draws.
class Observer {
public:
    Observer() = default;
    Observer(const Observer &) = delete;
    Observer &operator=(const Observer &) = delete;
    Observer(Observer &&) = delete;
    Observer &operator=(Observer &&) = delete;
    virtual ~Observer() = default;

    /// Composed picture @p number, from 0, is on @p canvas and the GPU is done.
    virtual Result<void> drawn(Compositor &compositor, const Canvas &canvas, uint64_t number) = 0;
    /// After the last one. @p canvas still has it; null where none was drawn.
    virtual Result<void> ended(const Canvas *canvas) = 0;
};

} // namespace daedalus::play
