// SPDX-License-Identifier: BSD-2-Clause
#include <cerrno>
#include <cstring>
#include <mutex>
#include <utility>

#include <gbm.h>
#include <xf86drm.h>

#include "gbm/dma_buf.h"
#include "gbm/prime.h"
#include "gbm/providers.h"

namespace daedalus::gbm {
namespace {

struct BufferDeleter {
    void operator()(gbm_bo *buffer) const { ::gbm_bo_destroy(buffer); }
};
using Buffer = std::unique_ptr<gbm_bo, BufferDeleter>;

struct DeviceDeleter {
    void operator()(gbm_device *device) const { ::gbm_device_destroy(device); }
};
using Device = std::unique_ptr<gbm_device, DeviceDeleter>;

/// The kernel clears pages that it gives to a process, but a driver may keep memory of
/// its own (VRAM) or reuse a buffer that the process freed.
Result<void> clear(int fd, size_t size)
{
    auto mapping = DmaBufMapping::map(fd, size, CpuAccess::ReadWrite);
    if (!mapping) {
        return tl::unexpected(std::move(mapping.error()));
    }
    const ScopedCpuAccess access(*mapping, CpuAccess::Write);
    std::memset((*mapping)->data(), 0, size);
    return access.begun();
}

class GbmProvider final : public SurfaceProvider {
public:
    GbmProvider(UniqueFd file, Device device) : file_(std::move(file)), device_(std::move(device))
    {}

    [[nodiscard]] std::string_view name() const override { return "gbm"; }

    Result<UniqueFd> allocate(size_t size) override
    {
        auto fd = exportNew(size);
        if (!fd) {
            return fd;
        }
        if (auto cleared = clear(fd->get(), size); !cleared) {
            return tl::unexpected(std::move(cleared.error()));
        }
        return fd;
    }

private:
    Result<UniqueFd> exportNew(size_t size)
    {
        const auto shape = rasterFor(size);
        if (!shape) {
            return tl::unexpected(shape.error());
        }
        const std::scoped_lock lock(mutex_); // a gbm_device is not thread-safe
        // Mesa does not allocate multi-plane YUV; bytes are what every GPU knows.
        const Buffer buffer(::gbm_bo_create(device_.get(), shape->width, shape->height,
                                            GBM_FORMAT_R8, GBM_BO_USE_LINEAR));
        if (!buffer) {
            return failErrno("gbm_bo_create of " + std::to_string(shape->width) + "x" +
                             std::to_string(shape->height));
        }
        const uint64_t bytes =
            uint64_t{::gbm_bo_get_stride(buffer.get())} * ::gbm_bo_get_height(buffer.get());
        if (::gbm_bo_get_offset(buffer.get(), 0) != 0 || bytes < size) {
            return fail(ENOTSUP, "the driver placed a linear buffer in an unexpected way");
        }
        // gbm_bo_get_fd() may export read-only. The DMA-BUF outlives the gbm_bo.
        return exportHandle(file_.get(), ::gbm_bo_get_handle(buffer.get()).u32);
    }

    std::mutex mutex_;
    UniqueFd file_; // outlives the device that uses it
    Device device_;
};

} // namespace

Result<std::unique_ptr<SurfaceProvider>> openGbmProvider(const DrmDevice &device)
{
    auto file = device.openAgain();
    if (!file) {
        return tl::unexpected(std::move(file.error()));
    }
    errno = 0;
    Device gbm(::gbm_create_device(file->get()));
    if (!gbm) {
        const int code = errno != 0 ? errno : ENODEV;
        return fail(code, "gbm_create_device: " + std::string(std::strerror(code)));
    }
    return std::make_unique<GbmProvider>(std::move(*file), std::move(gbm));
}

} // namespace daedalus::gbm
