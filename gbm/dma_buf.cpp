// SPDX-License-Identifier: BSD-2-Clause
#include "gbm/dma_buf.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include <fcntl.h>
#include <linux/dma-buf.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace daedalus::gbm {
namespace {

/// Size and identity of a file that is to be mapped.
struct BufferStatus {
    size_t size = 0; ///< bytes
    uint64_t device = 0;
    uint64_t inode = 0;
};

/// A DMA-BUF tells its size through lseek() only, which moves no position there; on a
/// memfd it would, and others may share that.
Result<BufferStatus> examine(int fd)
{
    struct stat status {};
    if (::fstat(fd, &status) != 0) {
        return failErrno("examining the buffer to map");
    }
    const off_t size = S_ISREG(status.st_mode) ? status.st_size : ::lseek(fd, 0, SEEK_END);
    if (size < 0) {
        return failErrno("asking for the size of the buffer to map");
    }
    return BufferStatus{
        .size = static_cast<size_t>(size), .device = status.st_dev, .inode = status.st_ino};
}

int protection(CpuAccess access)
{
    // No machine of ours has memory that can be written but not read.
    return access == CpuAccess::Read ? PROT_READ : PROT_READ | PROT_WRITE;
}

uint64_t syncFlags(CpuAccess access)
{
    switch (access) {
    case CpuAccess::Read:
        return DMA_BUF_SYNC_READ;
    case CpuAccess::Write:
        return DMA_BUF_SYNC_WRITE;
    case CpuAccess::ReadWrite:
        break;
    }
    return DMA_BUF_SYNC_RW;
}

Result<void> synchronise(int fd, uint64_t flags)
{
    dma_buf_sync sync{};
    sync.flags = flags;
    int result = 0;
    do {
        result = ::ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
        // linux/dma-buf.h asks for a restart on both.
    } while (result != 0 && (errno == EINTR || errno == EAGAIN));
    if (result != 0 && errno != ENOTTY) {
        return failErrno("DMA_BUF_IOCTL_SYNC");
    }
    return {};
}

} // namespace

DmaBufMapping::DmaBufMapping(UniqueFd fd, std::byte *data, size_t size, Identity identity)
    : fd_(std::move(fd)), data_(data), size_(size), identity_(std::move(identity))
{}

DmaBufMapping::~DmaBufMapping()
{
    ::munmap(data_, size_);
}

Result<std::shared_ptr<DmaBufMapping>> DmaBufMapping::map(int fd, size_t size, CpuAccess access)
{
    const auto status = examine(fd);
    if (!status) {
        return tl::unexpected(status.error());
    }
    if (size > status->size || status->size == 0) {
        // Touching what lies beyond the end would be a SIGBUS.
        return fail(EINVAL, "mapping " + std::to_string(size) + " bytes of a buffer that has " +
                                std::to_string(status->size));
    }
    const size_t length = size == 0 ? status->size : size;

    UniqueFd duplicate(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!duplicate) {
        return failErrno("duplicating the descriptor of a buffer");
    }
    void *data = ::mmap(nullptr, length, protection(access), MAP_SHARED, duplicate.get(), 0);
    if (data == MAP_FAILED) {
        return failErrno("mapping a buffer of " + std::to_string(length) + " bytes");
    }
    return std::shared_ptr<DmaBufMapping>(new DmaBufMapping(std::move(duplicate),
                                                            static_cast<std::byte *>(data), length,
                                                            {status->device, status->inode}));
}

Result<void> DmaBufMapping::beginAccess(CpuAccess access) const
{
    return synchronise(fd_.get(), DMA_BUF_SYNC_START | syncFlags(access));
}

Result<void> DmaBufMapping::endAccess(CpuAccess access) const
{
    return synchronise(fd_.get(), DMA_BUF_SYNC_END | syncFlags(access));
}

ScopedCpuAccess::ScopedCpuAccess(std::shared_ptr<DmaBufMapping> mapping, CpuAccess access)
    : mapping_(std::move(mapping)), access_(access), begun_(mapping_->beginAccess(access))
{}

ScopedCpuAccess::~ScopedCpuAccess()
{
    // Moved from, or never begun: nothing to end. A failure is ignored: the kernel reports
    // none for a buffer whose begin succeeded.
    if (mapping_ && begun_) {
        static_cast<void>(mapping_->endAccess(access_));
    }
}

bool waitUntilWritable(int fd, std::chrono::milliseconds timeout)
{
    using Clock = std::chrono::steady_clock;
    const auto deadline = Clock::now() + timeout;
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
        pollfd entry{fd, POLLOUT, 0};
        const int count = ::poll(&entry, 1, static_cast<int>(std::max<int64_t>(0, left.count())));
        if (count >= 0 || errno != EINTR) {
            return count != 0;
        }
    }
}

} // namespace daedalus::gbm
