// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/output.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <drm_fourcc.h>
#include <poll.h>
#include <xf86drm.h>

#include "tools/daedalus-play/kms_display.h"
#include "tools/daedalus-play/scanout_buffer.h"

namespace daedalus::play {
namespace {

/// A buffer as the kernel's framebuffer.
class Framebuffer {
public:
    static Result<std::unique_ptr<Framebuffer>> create(const tools::EglDevice &device,
                                                       const PixelSize &size)
    {
        auto buffer = ScanoutBuffer::create(device, size, ScanoutBuffer::For::Display);
        if (!buffer) {
            return tl::unexpected(buffer.error());
        }
        auto made = std::unique_ptr<Framebuffer>(new Framebuffer(device.drmFd()));
        made->buffer_ = std::move(*buffer);
        const std::array<uint32_t, 4> handles{made->buffer_->handle()};
        const std::array<uint32_t, 4> pitches{made->buffer_->stride()};
        const std::array<uint32_t, 4> offsets{};
        if (::drmModeAddFB2(device.drmFd(), static_cast<uint32_t>(size.width),
                            static_cast<uint32_t>(size.height), DRM_FORMAT_XRGB8888, handles.data(),
                            pitches.data(), offsets.data(), &made->id_, 0) != 0) {
            return failErrno("making a framebuffer");
        }
        return made;
    }
    Framebuffer(const Framebuffer &) = delete;
    Framebuffer &operator=(const Framebuffer &) = delete;
    ~Framebuffer()
    {
        if (id_ != 0) {
            ::drmModeRmFB(cardFd_, id_);
        }
    }
    [[nodiscard]] uint32_t id() const { return id_; }
    [[nodiscard]] const Canvas &canvas() const { return buffer_->canvas(); }

private:
    explicit Framebuffer(int cardFd) : cardFd_(cardFd) {}

    int cardFd_;
    uint32_t id_ = 0;
    std::unique_ptr<ScanoutBuffer> buffer_;
};

class KmsOutput : public Output {
public:
    static Result<std::unique_ptr<Output>> create(const tools::EglDevice &device,
                                                  const std::string &connector)
    {
        if (::drmSetMaster(device.drmFd()) != 0) {
            return failErrno("becoming the screen's master (is a display server running on "
                             "it? then use a Wayland window)");
        }
        auto display = findKmsDisplay(device.drmFd(), connector);
        if (!display) {
            return tl::unexpected(display.error());
        }
        auto output = std::unique_ptr<KmsOutput>(new KmsOutput(device.drmFd(), *display));
        const PixelSize size{.width = display->mode.hdisplay, .height = display->mode.vdisplay};
        for (auto &framebuffer : output->framebuffers_) {
            auto made = Framebuffer::create(device, size);
            if (!made) {
                return tl::unexpected(made.error());
            }
            framebuffer = std::move(*made);
        }
        return output;
    }

    ~KmsOutput() override
    {
        static_cast<void>(settle());
        if (before_) {
            // The console, or whatever was there.
            ::drmModeSetCrtc(cardFd_, before_->crtc_id, before_->buffer_id, before_->x, before_->y,
                             &display_.connector, 1,
                             before_->mode_valid != 0 ? &before_->mode : nullptr);
        }
        ::drmDropMaster(cardFd_);
    }
    KmsOutput(const KmsOutput &) = delete;
    KmsOutput &operator=(const KmsOutput &) = delete;

    [[nodiscard]] std::string description() const override
    {
        return "KMS, " + display_.name + ", " + std::to_string(display_.mode.hdisplay) + "x" +
               std::to_string(display_.mode.vdisplay) + " at " +
               std::to_string(display_.mode.vrefresh) + " Hz";
    }

    Result<const Canvas *> begin() override
    {
        if (pending_) {
            return nullptr;
        }
        return &framebuffers_[next_]->canvas();
    }

    Result<void> show() override
    {
        const uint32_t id = framebuffers_[next_]->id();
        next_ = (next_ + 1) % framebuffers_.size();
        if (!modeSet_) {
            modeSet_ = true;
            if (::drmModeSetCrtc(cardFd_, display_.crtc, id, 0, 0, &display_.connector, 1,
                                 &display_.mode) != 0) {
                return failErrno("setting the screen's mode");
            }
            return {};
        }
        if (::drmModePageFlip(cardFd_, display_.crtc, id, DRM_MODE_PAGE_FLIP_EVENT, this) != 0) {
            return failErrno("flipping the screen's page");
        }
        pending_ = true;
        return {};
    }

    Result<bool> wait(SteadyClock::time_point until) override
    {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - SteadyClock::now());
        const int timeout = static_cast<int>(std::clamp<int64_t>(left.count(), 0, 1000));
        pollfd file{.fd = cardFd_, .events = POLLIN, .revents = 0};
        const int ready = ::poll(&file, 1, timeout);
        if (ready < 0 && errno != EINTR) {
            return failErrno("waiting for the screen");
        }
        if (ready > 0) {
            drmEventContext events{};
            events.version = 2;
            events.page_flip_handler = &KmsOutput::flipped;
            ::drmHandleEvent(cardFd_, &events);
        }
        return true;
    }

private:
    KmsOutput(int cardFd, const KmsDisplay &display)
        : cardFd_(cardFd), display_(display), before_(::drmModeGetCrtc(cardFd, display.crtc))
    {}

    static void flipped(int /*file*/, unsigned /*sequence*/, unsigned /*seconds*/,
                        unsigned /*microseconds*/, void *self)
    {
        static_cast<KmsOutput *>(self)->pending_ = false;
    }

    /// Lets a flip that is on its way happen: its event names this object.
    Result<void> settle()
    {
        const auto limit = SteadyClock::now() + std::chrono::seconds(1);
        while (pending_ && SteadyClock::now() < limit) {
            if (auto waited = wait(limit); !waited) {
                return tl::unexpected(waited.error());
            }
        }
        return {};
    }

    int cardFd_;
    KmsDisplay display_;
    DrmModePtr<drmModeCrtc> before_;
    std::array<std::unique_ptr<Framebuffer>, 2> framebuffers_;
    size_t next_ = 0;
    bool modeSet_ = false;
    bool pending_ = false;
};

} // namespace

Result<std::unique_ptr<Output>> makeKmsOutput(const tools::EglDevice &device,
                                              const std::string &connector)
{
    return KmsOutput::create(device, connector);
}

} // namespace daedalus::play
