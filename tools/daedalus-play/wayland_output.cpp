// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/output.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "tools/daedalus-play/wayland_buffer.h"
#include "tools/daedalus-play/wayland_connection.h"

namespace daedalus::play {
namespace {

class WaylandOutput : public Output {
public:
    static Result<std::unique_ptr<Output>> create(const tools::EglDevice &device,
                                                  const PixelSize &size)
    {
        auto connection = WaylandConnection::open();
        if (!connection) {
            return tl::unexpected(connection.error());
        }
        auto output =
            std::unique_ptr<WaylandOutput>(new WaylandOutput(device, std::move(*connection), size));
        if (auto opened = output->openWindow(); !opened) {
            return tl::unexpected(opened.error());
        }
        if (auto made = output->makeBuffers(); !made) {
            return tl::unexpected(made.error());
        }
        return output;
    }

    [[nodiscard]] std::string description() const override
    {
        return "Wayland window, " + std::to_string(size_.width) + "x" +
               std::to_string(size_.height) +
               (buffers_.front()->copies()
                    ? ", copied through shared memory: the compositor takes no DMA-BUF from this "
                      "node"
                    : ", as DMA-BUFs");
    }

    Result<const Canvas *> begin() override
    {
        if (size_.width != wanted_.width || size_.height != wanted_.height) {
            size_ = wanted_;
            if (auto made = makeBuffers(); !made) {
                return tl::unexpected(made.error());
            }
        }
        current_ = nullptr;
        if (frame_) {
            return nullptr;
        }
        const auto free =
            std::ranges::find_if(buffers_, [](const auto &buffer) { return !buffer->lent(); });
        if (free == buffers_.end()) {
            return nullptr;
        }
        current_ = free->get();
        return &current_->canvas();
    }

    Result<void> show() override
    {
        if (auto finished = current_->finish(); !finished) {
            return finished;
        }
        static const wl_callback_listener kListener{.done = &frameDone};
        frame_.reset(::wl_surface_frame(surface_.get()));
        ::wl_callback_add_listener(frame_.get(), &kListener, this);
        ::wl_surface_attach(surface_.get(), current_->get(), 0, 0);
        ::wl_surface_damage(surface_.get(), 0, 0, size_.width, size_.height);
        current_->lend();
        ::wl_surface_commit(surface_.get());
        return {};
    }

    Result<bool> wait(SteadyClock::time_point until) override
    {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - SteadyClock::now());
        const auto timeout =
            std::clamp(left, std::chrono::milliseconds(0), std::chrono::milliseconds(1000));
        if (auto done = connection_->dispatch(timeout); !done) {
            return tl::unexpected(done.error());
        }
        return !closed_;
    }

private:
    WaylandOutput(const tools::EglDevice &device, std::unique_ptr<WaylandConnection> connection,
                  const PixelSize &size)
        : device_(device), connection_(std::move(connection)), size_(size), wanted_(size)
    {}

    Result<void> openWindow()
    {
        static const xdg_surface_listener kSurfaceListener{.configure = &configured};
        static const xdg_toplevel_listener kToplevelListener = toplevelListener();
        surface_.reset(::wl_compositor_create_surface(connection_->compositor()));
        shellSurface_.reset(::xdg_wm_base_get_xdg_surface(connection_->shell(), surface_.get()));
        ::xdg_surface_add_listener(shellSurface_.get(), &kSurfaceListener, this);
        toplevel_.reset(::xdg_surface_get_toplevel(shellSurface_.get()));
        ::xdg_toplevel_add_listener(toplevel_.get(), &kToplevelListener, this);
        ::xdg_toplevel_set_title(toplevel_.get(), "daedalus-play");
        ::xdg_toplevel_set_app_id(toplevel_.get(), "daedalus-play");
        ::wl_surface_commit(surface_.get());
        // A surface may show nothing before the compositor has told its size.
        const auto limit = SteadyClock::now() + std::chrono::seconds(5);
        while (!configured_) {
            if (SteadyClock::now() >= limit) {
                return fail(ETIMEDOUT, "the Wayland compositor does not set the window up");
            }
            if (auto done = connection_->dispatch(std::chrono::milliseconds(100)); !done) {
                return done;
            }
        }
        size_ = wanted_;
        return {};
    }

    Result<void> makeBuffers()
    {
        current_ = nullptr;
        for (auto &buffer : buffers_) {
            auto made = WaylandBuffer::create(device_, *connection_, size_);
            if (!made) {
                return tl::unexpected(made.error());
            }
            buffer = std::move(*made);
        }
        return {};
    }

    static xdg_toplevel_listener toplevelListener()
    {
        // Which events there are depends on the version of the protocol's description.
        xdg_toplevel_listener listener{};
        listener.configure = &resized;
        listener.close = &closed;
        return listener;
    }
    static void configured(void *self, xdg_surface *surface, uint32_t serial)
    {
        ::xdg_surface_ack_configure(surface, serial);
        static_cast<WaylandOutput *>(self)->configured_ = true;
    }
    static void resized(void *self, xdg_toplevel * /*toplevel*/, int32_t width, int32_t height,
                        wl_array * /*states*/)
    {
        if (width > 0 && height > 0) {
            static_cast<WaylandOutput *>(self)->wanted_ = {.width = width, .height = height};
        }
    }
    static void closed(void *self, xdg_toplevel * /*toplevel*/)
    {
        static_cast<WaylandOutput *>(self)->closed_ = true;
    }
    static void frameDone(void *self, wl_callback * /*callback*/, uint32_t /*time*/)
    {
        static_cast<WaylandOutput *>(self)->frame_.reset();
    }

    const tools::EglDevice &device_;
    std::unique_ptr<WaylandConnection> connection_;
    PixelSize size_;
    PixelSize wanted_; ///< by the compositor
    WaylandPtr<wl_surface> surface_;
    WaylandPtr<xdg_surface> shellSurface_;
    WaylandPtr<xdg_toplevel> toplevel_;
    std::array<std::unique_ptr<WaylandBuffer>, 3> buffers_;
    WaylandPtr<wl_callback> frame_; ///< until the compositor wants the next picture
    WaylandBuffer *current_ = nullptr;
    bool configured_ = false;
    bool closed_ = false;
};

} // namespace

Result<std::unique_ptr<Output>> makeWaylandOutput(const tools::EglDevice &device,
                                                  const PixelSize &size)
{
    return WaylandOutput::create(device, size);
}

} // namespace daedalus::play
