// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/wayland_connection.h"

#include <algorithm>
#include <cerrno>
#include <string_view>

#include <drm_fourcc.h>
#include <poll.h>

namespace daedalus::play {
namespace {

template <typename T>
WaylandPtr<T> bind(wl_registry *registry, uint32_t name, const wl_interface &interface,
                   uint32_t version)
{
    return WaylandPtr<T>(static_cast<T *>(::wl_registry_bind(registry, name, &interface, version)));
}

} // namespace

void WaylandConnection::announced(void *self, wl_registry *registry, uint32_t name,
                                  const char *interface, uint32_t version)
{
    // The newest versions whose events are handled here.
    constexpr uint32_t kCompositor = 4;
    constexpr uint32_t kDmaBuf = 3;
    auto &connection = *static_cast<WaylandConnection *>(self);
    const std::string_view which = interface;
    if (which == wl_compositor_interface.name) {
        connection.compositor_ = bind<wl_compositor>(registry, name, wl_compositor_interface,
                                                     std::min(version, kCompositor));
    } else if (which == wl_shm_interface.name) {
        connection.sharedMemory_ = bind<wl_shm>(registry, name, wl_shm_interface, 1);
    } else if (which == xdg_wm_base_interface.name) {
        static const xdg_wm_base_listener kListener{.ping = &pinged};
        connection.shell_ = bind<xdg_wm_base>(registry, name, xdg_wm_base_interface, 1);
        ::xdg_wm_base_add_listener(connection.shell_.get(), &kListener, self);
    } else if (which == zwp_linux_dmabuf_v1_interface.name && version >= kDmaBuf) {
        static const zwp_linux_dmabuf_v1_listener kListener{.format = &format,
                                                            .modifier = &modifier};
        connection.dmaBufs_ =
            bind<zwp_linux_dmabuf_v1>(registry, name, zwp_linux_dmabuf_v1_interface, kDmaBuf);
        ::zwp_linux_dmabuf_v1_add_listener(connection.dmaBufs_.get(), &kListener, self);
    }
}

void WaylandConnection::withdrawn(void * /*self*/, wl_registry * /*registry*/, uint32_t /*name*/) {}

void WaylandConnection::pinged(void * /*self*/, xdg_wm_base *shell, uint32_t serial)
{
    ::xdg_wm_base_pong(shell, serial);
}

void WaylandConnection::format(void * /*self*/, zwp_linux_dmabuf_v1 * /*dmaBufs*/,
                               uint32_t /*format*/)
{
    // Says the same as the modifiers, with less.
}

void WaylandConnection::modifier(void *self, zwp_linux_dmabuf_v1 * /*dmaBufs*/, uint32_t format,
                                 uint32_t high, uint32_t low)
{
    if (format == DRM_FORMAT_XRGB8888 && high == 0 && low == DRM_FORMAT_MOD_LINEAR) {
        static_cast<WaylandConnection *>(self)->takesLinear_ = true;
    }
}

Result<std::unique_ptr<WaylandConnection>> WaylandConnection::open()
{
    auto connection = std::unique_ptr<WaylandConnection>(new WaylandConnection);
    connection->display_.reset(::wl_display_connect(nullptr));
    if (!connection->display_) {
        return failErrno("connecting to a Wayland compositor (WAYLAND_DISPLAY, XDG_RUNTIME_DIR)");
    }
    static const wl_registry_listener kListener{.global = &announced, .global_remove = &withdrawn};
    connection->registry_.reset(::wl_display_get_registry(connection->display_.get()));
    ::wl_registry_add_listener(connection->registry_.get(), &kListener, connection.get());
    // Once for the globals, once for what they tell.
    for (int turn = 0; turn < 2; ++turn) {
        if (::wl_display_roundtrip(connection->display_.get()) < 0) {
            return failErrno("talking to the Wayland compositor");
        }
    }
    if (!connection->compositor_ || !connection->shell_ || !connection->sharedMemory_) {
        return fail(ENOTSUP, "the Wayland compositor has no xdg-shell");
    }
    return connection;
}

Result<void> WaylandConnection::dispatch(std::chrono::milliseconds timeout)
{
    wl_display *display = display_.get();
    while (::wl_display_prepare_read(display) != 0) {
        ::wl_display_dispatch_pending(display);
    }
    ::wl_display_flush(display);
    pollfd file{.fd = ::wl_display_get_fd(display), .events = POLLIN, .revents = 0};
    const int ready = ::poll(&file, 1, static_cast<int>(timeout.count()));
    if (ready > 0) {
        ::wl_display_read_events(display);
    } else {
        ::wl_display_cancel_read(display);
    }
    if (::wl_display_dispatch_pending(display) < 0) {
        return failErrno("the Wayland compositor ended the connection");
    }
    return {};
}

} // namespace daedalus::play
