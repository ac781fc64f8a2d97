// SPDX-License-Identifier: BSD-2-Clause
#include <cerrno>
#include <cstdint>
#include <utility>

#include <fcntl.h>
#include <linux/udmabuf.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drm.h>

#include "gbm/providers.h"

namespace daedalus::gbm {
namespace {

constexpr const char *kDevice = "/dev/udmabuf";

/// A memfd of @p size bytes.
/// @param flags MFD_*
Result<UniqueFd> createMemory(size_t size, unsigned flags)
{
    UniqueFd memory(::memfd_create("daedalus-surface", flags | MFD_CLOEXEC));
    if (!memory) {
        return failErrno("memfd_create");
    }
    if (::ftruncate(memory.get(), static_cast<off_t>(size)) != 0) {
        return failErrno("giving a memfd its size");
    }
    return memory;
}

/// A memfd that udmabuf accepts: it can never shrink.
Result<UniqueFd> createSealedMemory(size_t size)
{
    auto memory = createMemory(size, MFD_ALLOW_SEALING);
    if (memory && ::fcntl(memory->get(), F_ADD_SEALS, F_SEAL_SHRINK) != 0) {
        return failErrno("sealing a memfd");
    }
    return memory;
}

class UdmabufProvider final : public SurfaceProvider {
public:
    explicit UdmabufProvider(UniqueFd device)
        : device_(std::move(device)), pageSize_(static_cast<size_t>(::sysconf(_SC_PAGESIZE)))
    {}

    [[nodiscard]] std::string_view name() const override { return "udmabuf"; }

    Result<UniqueFd> allocate(size_t size) override
    {
        if (size == 0 || size > INT64_MAX - pageSize_) {
            return fail(EINVAL, "udmabuf cannot have " + std::to_string(size) + " bytes");
        }
        const size_t wholePages = (size + pageSize_ - 1) / pageSize_ * pageSize_;
        const auto memory = createSealedMemory(wholePages);
        if (!memory) {
            return tl::unexpected(memory.error());
        }
        udmabuf_create request{};
        request.memfd = static_cast<uint32_t>(memory->get());
        request.flags = UDMABUF_FLAGS_CLOEXEC;
        request.size = wholePages;
        // drmIoctl() is ioctl() that goes on after a signal.
        const int fd = ::drmIoctl(device_.get(), UDMABUF_CREATE, &request);
        if (fd < 0) {
            // EINVAL is also what more than the module's size_limit_mb gets.
            return failErrno("making a DMA-BUF of " + std::to_string(wholePages) + " bytes with " +
                             kDevice);
        }
        return UniqueFd(fd);
    }

private:
    UniqueFd device_;
    size_t pageSize_;
};

class MemfdProvider final : public SurfaceProvider {
public:
    [[nodiscard]] std::string_view name() const override { return "memfd"; }

    Result<UniqueFd> allocate(size_t size) override
    {
        if (size == 0 || size > INT64_MAX) {
            return fail(EINVAL, "a memfd cannot have " + std::to_string(size) + " bytes");
        }
        return createMemory(size, 0);
    }
};

} // namespace

Result<std::unique_ptr<SurfaceProvider>> openUdmabufProvider()
{
    UniqueFd device(::open(kDevice, O_RDWR | O_CLOEXEC));
    if (!device) {
        return failErrno("opening " + std::string(kDevice));
    }
    return std::make_unique<UdmabufProvider>(std::move(device));
}

Result<std::unique_ptr<SurfaceProvider>> openMemfdProvider()
{
    return std::make_unique<MemfdProvider>();
}

} // namespace daedalus::gbm
