// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>

#include "tools/daedalus-play/canvas.h"
#include "tools/daedalus-play/wayland_connection.h"

namespace daedalus::play {

/// A buffer that is drawn on and then lent to the compositor.
class WaylandBuffer {
public:
    /// @return a DMA-BUF where both sides can do that, else shared memory
    static Result<std::unique_ptr<WaylandBuffer>>
    create(const tools::EglDevice &device, WaylandConnection &connection, const PixelSize &size);

    WaylandBuffer() = default;
    WaylandBuffer(const WaylandBuffer &) = delete;
    WaylandBuffer &operator=(const WaylandBuffer &) = delete;
    virtual ~WaylandBuffer() = default;

    [[nodiscard]] virtual const Canvas &canvas() const = 0;
    [[nodiscard]] virtual bool copies() const = 0;
    /// Makes what was drawn visible in the buffer.
    virtual Result<void> finish() = 0;

    [[nodiscard]] wl_buffer *get() const { return buffer_.get(); }
    /// True while the compositor has it.
    [[nodiscard]] bool lent() const { return lent_; }
    void lend() { lent_ = true; }

protected:
    void setBuffer(wl_buffer *buffer);

private:
    static void released(void *self, wl_buffer *buffer);

    WaylandPtr<wl_buffer> buffer_;
    bool lent_ = false;
};

} // namespace daedalus::play
