// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "daedalus/result.h"
#include "daedalus/unique_fd.h"

namespace daedalus::gbm {

/// How the CPU is going to touch a buffer (DMA_BUF_SYNC_READ / WRITE / RW).
enum class CpuAccess { Read, Write, ReadWrite };

/// A DMA-BUF mapped into the process for as long as this object lives.
///
/// Mapping is made once for each buffer and kept; CPU access is bracketed with
/// beginAccess() and endAccess().
class DmaBufMapping {
public:
    /// Maps @p size bytes of the buffer (0: all of it). The mapping keeps a
    /// duplicate of @p fd for the synchronisation ioctls. Fails with EINVAL when
    /// the buffer is shorter than @p size, and with EACCES when @p fd does not
    /// allow @p access.
    static Result<std::shared_ptr<DmaBufMapping>> map(int fd, size_t size, CpuAccess access);

    DmaBufMapping(const DmaBufMapping &) = delete;
    DmaBufMapping &operator=(const DmaBufMapping &) = delete;
    ~DmaBufMapping();

    [[nodiscard]] std::byte *data() const { return data_; }
    [[nodiscard]] size_t size() const { return size_; }
    [[nodiscard]] std::span<std::byte> bytes() const { return {data_, size_}; }
    [[nodiscard]] int fd() const { return fd_.get(); }

    /// Whether both are of the same buffer, which may be mapped several times.
    [[nodiscard]] bool sameBuffer(const DmaBufMapping &other) const
    {
        return identity_ == other.identity_;
    }

    /// DMA_BUF_IOCTL_SYNC start/end. A buffer that has no such ioctl (a memfd)
    /// needs no synchronisation; that is not an error.
    Result<void> beginAccess(CpuAccess access) const;
    Result<void> endAccess(CpuAccess access) const;

private:
    /// A file: its device and inode. Each DMA-BUF is one.
    using Identity = std::pair<uint64_t, uint64_t>;

    DmaBufMapping(UniqueFd fd, std::byte *data, size_t size, Identity identity);

    UniqueFd fd_;
    std::byte *data_;
    size_t size_;
    Identity identity_;
};

/// Brackets a CPU access to one mapping; RAII around beginAccess()/endAccess().
class ScopedCpuAccess {
public:
    /// @param mapping not null; kept alive as long as the access lasts
    ScopedCpuAccess(std::shared_ptr<DmaBufMapping> mapping, CpuAccess access);
    ScopedCpuAccess(ScopedCpuAccess &&) noexcept = default;
    ScopedCpuAccess(const ScopedCpuAccess &) = delete;
    ScopedCpuAccess &operator=(const ScopedCpuAccess &) = delete;
    ~ScopedCpuAccess();

    /// Whether the access could begin. Without it the CPU may see stale data.
    [[nodiscard]] const Result<void> &begun() const { return begun_; }

private:
    std::shared_ptr<DmaBufMapping> mapping_;
    CpuAccess access_;
    Result<void> begun_;
};

/// Waits until no device uses a buffer and it may be written to: until all its fences have
/// signalled. A file that has none (a memfd) is never in use.
/// @returns whether that is so, false after @p timeout
bool waitUntilWritable(int fd, std::chrono::milliseconds timeout);

} // namespace daedalus::gbm
