// SPDX-License-Identifier: BSD-2-Clause
#include <cerrno>
#include <string>
#include <utility>

#include <fcntl.h>
#include <xf86drm.h>

#include "gbm/prime.h"
#include "gbm/providers.h"

namespace daedalus::gbm {
namespace {

/// A dumb buffer's handle, for as long as it takes to export it.
class DumbBuffer {
public:
    static Result<DumbBuffer> create(int drmFd, size_t size)
    {
        const auto shape = rasterFor(size);
        if (!shape) {
            return tl::unexpected(shape.error());
        }
        drm_mode_create_dumb request{};
        request.width = shape->width;
        request.height = shape->height;
        request.bpp = 8;
        if (::drmIoctl(drmFd, DRM_IOCTL_MODE_CREATE_DUMB, &request) != 0) {
            return failErrno("creating a dumb buffer");
        }
        DumbBuffer buffer(drmFd, request.handle);
        if (request.size < size) {
            return fail(ENOTSUP, "the driver made a dumb buffer too small");
        }
        return buffer;
    }

    DumbBuffer(DumbBuffer &&other) noexcept
        : drmFd_(std::exchange(other.drmFd_, -1)), handle_(other.handle_)
    {}
    DumbBuffer(const DumbBuffer &) = delete;
    DumbBuffer &operator=(const DumbBuffer &) = delete;
    ~DumbBuffer()
    {
        if (drmFd_ >= 0) {
            ::drmCloseBufferHandle(drmFd_, handle_);
        }
    }

    [[nodiscard]] uint32_t handle() const { return handle_; }

private:
    DumbBuffer(int drmFd, uint32_t handle) : drmFd_(drmFd), handle_(handle) {}

    int drmFd_;
    uint32_t handle_;
};

class DumbProvider final : public SurfaceProvider {
public:
    explicit DumbProvider(UniqueFd file) : file_(std::move(file)) {}

    [[nodiscard]] std::string_view name() const override { return "dumb"; }

    Result<UniqueFd> allocate(size_t size) override
    {
        const auto buffer = DumbBuffer::create(file_.get(), size);
        if (!buffer) {
            return tl::unexpected(buffer.error());
        }
        return exportHandle(file_.get(), buffer->handle());
    }

private:
    UniqueFd file_;
};

} // namespace

Result<std::unique_ptr<SurfaceProvider>> openDumbProvider(const DrmDevice &device)
{
    auto file = device.openPrimary();
    if (!file) {
        return tl::unexpected(std::move(file.error()));
    }
    // DRM_CAP_DUMB_BUFFER is no help: the kernel answers it for displays only, while
    // vgem, which is none, has dumb buffers. Trying tells.
    return std::make_unique<DumbProvider>(std::move(*file));
}

} // namespace daedalus::gbm
