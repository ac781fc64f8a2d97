// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daedalus/unique_fd.h"
#include "tests/kmod/importer/daedalus_importer.h"

namespace daedalus::test {

/// Inode of a descriptor's file: which DMA-BUF it is.
std::uint64_t inodeOf(int fd);

/// DMA_BUF_IOCTL_SYNC; 0 or the errno.
int syncDmaBuf(int fd, std::uint64_t flags);

/// The fences of those who write a DMA-BUF, as a sync_file.
UniqueFd writersOf(int dmaBuf);

/// A sync_file's status: 0 not signalled, 1 signalled, or a negative errno.
int statusOf(int syncFile);

/// Whether whoever wants to read the DMA-BUF has to wait.
bool isBeingWritten(int dmaBuf);

/// A fence that signals when a test says so, as a device's that reads a DMA-BUF.
class Reader {
public:
    /// Makes it one of those that a writer of @p dmaBuf has to wait for; see valid().
    explicit Reader(int dmaBuf);
    [[nodiscard]] bool valid() const { return added_; }
    /// The device has finished.
    void finish();

private:
    UniqueFd timeline_;
    bool added_ = false;
};

/// The importer module, loaded as long as this lives, and an open file of its device.
class Importer {
public:
    Importer();
    ~Importer();
    Importer(const Importer &) = delete;
    Importer &operator=(const Importer &) = delete;

    [[nodiscard]] bool valid() const { return device_.valid(); }
    /// 0 or the errno.
    [[nodiscard]] int attach(int dmaBuf) const;
    void detach() const;
    /// Waits for who writes what is attached; nothing if that failed.
    [[nodiscard]] std::optional<daedalus_importer_wait> wait(std::uint32_t timeoutMs,
                                                             std::uint32_t flags) const;

private:
    UniqueFd device_;
};

/// Trace events that happen as long as this lives.
class Trace {
public:
    /// @param events "system/name" each
    explicit Trace(std::vector<std::string> events);
    ~Trace();
    Trace(const Trace &) = delete;
    Trace &operator=(const Trace &) = delete;

    /// The lines with one of the events, from the first on.
    [[nodiscard]] static std::vector<std::string> lines();

private:
    std::vector<std::string> events_;
};

} // namespace daedalus::test
