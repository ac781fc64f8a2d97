// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <memory>

#include <wayland-client.h>

#include "daedalus/result.h"
#include "linux-dmabuf-unstable-v1-client.h"
#include "xdg-shell-client.h"

namespace daedalus::play {

/// Destroys a Wayland object as its interface wants it.
struct WaylandDeleter {
    void operator()(wl_display *object) const { ::wl_display_disconnect(object); }
    void operator()(wl_registry *object) const { ::wl_registry_destroy(object); }
    void operator()(wl_compositor *object) const { ::wl_compositor_destroy(object); }
    void operator()(wl_shm *object) const { ::wl_shm_destroy(object); }
    void operator()(wl_shm_pool *object) const { ::wl_shm_pool_destroy(object); }
    void operator()(wl_surface *object) const { ::wl_surface_destroy(object); }
    void operator()(wl_buffer *object) const { ::wl_buffer_destroy(object); }
    void operator()(wl_callback *object) const { ::wl_callback_destroy(object); }
    void operator()(xdg_wm_base *object) const { ::xdg_wm_base_destroy(object); }
    void operator()(xdg_surface *object) const { ::xdg_surface_destroy(object); }
    void operator()(xdg_toplevel *object) const { ::xdg_toplevel_destroy(object); }
    void operator()(zwp_linux_dmabuf_v1 *object) const { ::zwp_linux_dmabuf_v1_destroy(object); }
    void operator()(zwp_linux_buffer_params_v1 *object) const
    {
        ::zwp_linux_buffer_params_v1_destroy(object);
    }
};
template <typename T>
using WaylandPtr = std::unique_ptr<T, WaylandDeleter>;

/// A connection to a compositor, and what it offers.
class WaylandConnection {
public:
    /// Connects to WAYLAND_DISPLAY.
    static Result<std::unique_ptr<WaylandConnection>> open();

    WaylandConnection(const WaylandConnection &) = delete;
    WaylandConnection &operator=(const WaylandConnection &) = delete;
    ~WaylandConnection() = default;

    [[nodiscard]] wl_display *display() const { return display_.get(); }
    [[nodiscard]] wl_compositor *compositor() const { return compositor_.get(); }
    [[nodiscard]] xdg_wm_base *shell() const { return shell_.get(); }
    [[nodiscard]] wl_shm *sharedMemory() const { return sharedMemory_.get(); }
    /// Null where the compositor takes no linear XRGB8888 DMA-BUFs.
    [[nodiscard]] zwp_linux_dmabuf_v1 *dmaBufs() const
    {
        return takesLinear_ ? dmaBufs_.get() : nullptr;
    }

    /// Sends what is to be sent and handles events for at most @p timeout.
    Result<void> dispatch(std::chrono::milliseconds timeout);

private:
    WaylandConnection() = default;
    static void announced(void *self, wl_registry *registry, uint32_t name, const char *interface,
                          uint32_t version);
    static void withdrawn(void *self, wl_registry *registry, uint32_t name);
    static void pinged(void *self, xdg_wm_base *shell, uint32_t serial);
    static void format(void *self, zwp_linux_dmabuf_v1 *dmaBufs, uint32_t format);
    static void modifier(void *self, zwp_linux_dmabuf_v1 *dmaBufs, uint32_t format, uint32_t high,
                         uint32_t low);

    WaylandPtr<wl_display> display_;
    WaylandPtr<wl_registry> registry_;
    WaylandPtr<wl_compositor> compositor_;
    WaylandPtr<wl_shm> sharedMemory_;
    WaylandPtr<xdg_wm_base> shell_;
    WaylandPtr<zwp_linux_dmabuf_v1> dmaBufs_;
    bool takesLinear_ = false;
};

} // namespace daedalus::play
