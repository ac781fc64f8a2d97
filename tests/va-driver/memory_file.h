// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>

#include "daedalus/unique_fd.h"
#include "va-driver/surface_memory.h"

namespace daedalus::va {

/// A file in memory: it maps and measures like a DMA-BUF.
inline UniqueFd memoryFile(size_t size)
{
    UniqueFd fd(::memfd_create("va-test", MFD_CLOEXEC));
    if (fd && ::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) {
        fd.reset();
    }
    return fd;
}

/// Surface memory of the standard layout, without a graphics device.
inline std::shared_ptr<va::SurfaceMemory> fileMemory(const gbm::FormatInfo &format, uint32_t width,
                                                     uint32_t height)
{
    const auto layout = gbm::SurfaceLayout::standard(format, width, height);
    return va::SurfaceMemory::import(memoryFile(layout.size), layout);
}

} // namespace daedalus::va
