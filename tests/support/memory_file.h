// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>

#include <sys/mman.h>
#include <unistd.h>

#include "daedalus/unique_fd.h"

namespace daedalus::test {

/// A memfd of @p size bytes: memory that maps and measures like a DMA-BUF but has no
/// DMA_BUF_IOCTL_SYNC. Invalid when the machine has none left.
inline UniqueFd memoryFile(size_t size)
{
    UniqueFd fd(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (fd && ::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) {
        fd.reset();
    }
    return fd;
}

} // namespace daedalus::test
