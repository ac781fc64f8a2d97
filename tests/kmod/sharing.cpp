// SPDX-License-Identifier: BSD-2-Clause
#include "tests/kmod/sharing.h"

#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/sync_file.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>

namespace daedalus::test {

namespace {

const std::string kTracing = "/sys/kernel/tracing/";

// The kernel has no header for these: sw_sync is for tests.
struct SwSyncCreateFence {
    std::uint32_t value;
    char name[32];
    std::int32_t fence;
};
constexpr unsigned long kSwSyncCreateFence = _IOWR('W', 0, SwSyncCreateFence);
constexpr unsigned long kSwSyncIncrement = _IOW('W', 1, std::uint32_t);

void write(const std::string &path, const char *text)
{
    std::ofstream(path) << text << std::flush;
}

} // namespace

std::uint64_t inodeOf(int fd)
{
    struct stat status {};
    return ::fstat(fd, &status) == 0 ? status.st_ino : 0;
}

int syncDmaBuf(int fd, std::uint64_t flags)
{
    dma_buf_sync sync{};
    sync.flags = flags;
    return ::ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync) == 0 ? 0 : errno;
}

UniqueFd writersOf(int dmaBuf)
{
    dma_buf_export_sync_file request{};
    request.flags = DMA_BUF_SYNC_READ;
    request.fd = -1;
    if (::ioctl(dmaBuf, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &request) != 0) {
        return {};
    }
    return UniqueFd(request.fd);
}

int statusOf(int syncFile)
{
    sync_file_info info{};
    return ::ioctl(syncFile, SYNC_IOC_FILE_INFO, &info) == 0 ? info.status : -EBADF;
}

bool isBeingWritten(int dmaBuf)
{
    pollfd entry{dmaBuf, POLLIN, 0};
    return ::poll(&entry, 1, 0) == 0;
}

Reader::Reader(int dmaBuf) : timeline_(::open("/sys/kernel/debug/sync/sw_sync", O_RDWR | O_CLOEXEC))
{
    SwSyncCreateFence create{1, "reader", -1};
    if (!timeline_ || ::ioctl(timeline_.get(), kSwSyncCreateFence, &create) != 0) {
        return;
    }
    const UniqueFd fence(create.fence);
    dma_buf_import_sync_file import{};
    import.flags = DMA_BUF_SYNC_READ;
    import.fd = fence.get();
    added_ = ::ioctl(dmaBuf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &import) == 0;
}

void Reader::finish()
{
    std::uint32_t step = 1;
    static_cast<void>(::ioctl(timeline_.get(), kSwSyncIncrement, &step));
}

Importer::Importer()
{
    const char *path = std::getenv("DAEDALUS_GUEST_IMPORTER");
    const UniqueFd module(::open(path != nullptr ? path : "", O_RDONLY | O_CLOEXEC));
    if (module && ::syscall(SYS_finit_module, module.get(), "", 0) == 0) {
        device_ = UniqueFd(::open("/dev/daedalus-importer", O_RDWR | O_CLOEXEC));
    }
}

Importer::~Importer()
{
    device_.reset();
    ::syscall(SYS_delete_module, "daedalus_importer", 0);
}

int Importer::attach(int dmaBuf) const
{
    std::int32_t fd = dmaBuf;
    return ::ioctl(device_.get(), DAEDALUS_IMPORTER_ATTACH, &fd) == 0 ? 0 : errno;
}

void Importer::detach() const
{
    static_cast<void>(::ioctl(device_.get(), DAEDALUS_IMPORTER_DETACH));
}

std::optional<daedalus_importer_wait> Importer::wait(std::uint32_t timeoutMs,
                                                     std::uint32_t flags) const
{
    daedalus_importer_wait wait{timeoutMs, flags, 0, 0};
    if (::ioctl(device_.get(), DAEDALUS_IMPORTER_WAIT, &wait) != 0) {
        return std::nullopt;
    }
    return wait;
}

Trace::Trace(std::vector<std::string> events) : events_(std::move(events))
{
    write(kTracing + "trace", "");
    for (const auto &event : events_) {
        write(kTracing + "events/" + event + "/enable", "1");
    }
}

Trace::~Trace()
{
    for (const auto &event : events_) {
        write(kTracing + "events/" + event + "/enable", "0");
    }
}

std::vector<std::string> Trace::lines()
{
    std::vector<std::string> result;
    std::ifstream file(kTracing + "trace");
    for (std::string line; std::getline(file, line);) {
        if (!line.empty() && line.front() != '#') {
            result.push_back(line);
        }
    }
    return result;
}

} // namespace daedalus::test
