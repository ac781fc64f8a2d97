// SPDX-License-Identifier: BSD-2-Clause
#include "gbm/prime.h"

#include <array>
#include <cerrno>
#include <string>

#include <fcntl.h>
#include <xf86drm.h>

namespace daedalus::gbm {

Result<Raster> rasterFor(size_t size)
{
    if (size == 0) {
        return fail(EINVAL, "a buffer of no bytes");
    }
    // As square as can be: the V3D of a Raspberry Pi 4 ends at 4096, others at 16384.
    constexpr std::array<uint32_t, 3> kSides{4096, 8192, 16384};
    for (const uint32_t side : kSides) {
        const size_t rows = (size - 1) / side + 1;
        if (rows <= side) {
            return Raster{.width = side, .height = static_cast<uint32_t>(rows)};
        }
    }
    return fail(EFBIG, std::to_string(size) + " bytes are more than one buffer can have");
}

Result<UniqueFd> exportHandle(int drmFd, uint32_t handle)
{
    int fd = -1;
    if (::drmPrimeHandleToFD(drmFd, handle, DRM_CLOEXEC | DRM_RDWR, &fd) != 0) {
        return failErrno("exporting the buffer as a DMA-BUF");
    }
    return UniqueFd(fd);
}

Result<void> tryImport(int drmFd, int dmaBuf)
{
    uint32_t handle = 0;
    if (::drmPrimeFDToHandle(drmFd, dmaBuf, &handle) != 0) {
        return failErrno("importing the buffer");
    }
    if (::drmCloseBufferHandle(drmFd, handle) != 0) {
        return failErrno("closing the imported buffer");
    }
    return {};
}

} // namespace daedalus::gbm
