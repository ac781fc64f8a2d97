// SPDX-License-Identifier: BSD-2-Clause
#include "gbm/dma_buf.h"

#include <cerrno>
#include <fstream>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <linux/dma-buf.h>
#include <sys/ioctl.h>

#include "gbm/surface_allocator.h"
#include "tests/gbm/nodes.h"
#include "tests/support/memory_file.h"

namespace daedalus::test {
namespace {

constexpr size_t kSize = 8192;

/// Whether @p address lies in a mapping of this process.
bool isMapped(const void *address)
{
    const auto wanted = reinterpret_cast<uintptr_t>(address);
    std::ifstream maps("/proc/self/maps");
    uintptr_t start = 0;
    uintptr_t end = 0;
    char dash = 0;
    std::string rest;
    while (maps >> std::hex >> start >> dash >> end && std::getline(maps, rest)) {
        if (wanted >= start && wanted < end) {
            return true;
        }
    }
    return false;
}

bool isOpen(int fd)
{
    return ::fcntl(fd, F_GETFD) >= 0;
}

TEST(DmaBufMapping, MapsAllOfABuffer)
{
    const UniqueFd file = test::memoryFile(kSize);
    ASSERT_TRUE(file);
    const auto mapping = gbm::DmaBufMapping::map(file.get(), 0, gbm::CpuAccess::ReadWrite);
    ASSERT_TRUE(mapping) << mapping.error().what();
    EXPECT_EQ((*mapping)->size(), kSize);
    EXPECT_EQ((*mapping)->bytes().size(), kSize);

    (*mapping)->bytes().back() = std::byte{42};
    char last = 0;
    ASSERT_EQ(::pread(file.get(), &last, 1, kSize - 1), 1);
    EXPECT_EQ(last, 42);
}

TEST(DmaBufMapping, MapsAPart)
{
    const UniqueFd file = test::memoryFile(kSize);
    ASSERT_TRUE(file);
    const auto mapping = gbm::DmaBufMapping::map(file.get(), 100, gbm::CpuAccess::Read);
    ASSERT_TRUE(mapping) << mapping.error().what();
    EXPECT_EQ((*mapping)->size(), 100U);
}

TEST(DmaBufMapping, RefusesMoreThanThereIs)
{
    const UniqueFd file = test::memoryFile(kSize);
    ASSERT_TRUE(file);
    for (const size_t size : {kSize + 1, SIZE_MAX, SIZE_MAX / 2}) {
        const auto mapping = gbm::DmaBufMapping::map(file.get(), size, gbm::CpuAccess::ReadWrite);
        ASSERT_FALSE(mapping);
        EXPECT_EQ(mapping.error().code(), EINVAL);
    }
}

TEST(DmaBufMapping, RefusesWhatIsNoBuffer)
{
    const auto none = gbm::DmaBufMapping::map(-1, 0, gbm::CpuAccess::Read);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code(), EBADF);

    const UniqueFd empty = test::memoryFile(0);
    ASSERT_TRUE(empty);
    const auto nothing = gbm::DmaBufMapping::map(empty.get(), 0, gbm::CpuAccess::Read);
    ASSERT_FALSE(nothing);
    EXPECT_EQ(nothing.error().code(), EINVAL);

    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const UniqueFd reader(ends[0]);
    const UniqueFd writer(ends[1]);
    const auto pipe = gbm::DmaBufMapping::map(reader.get(), 0, gbm::CpuAccess::Read);
    ASSERT_FALSE(pipe);
    EXPECT_EQ(pipe.error().code(), ESPIPE);
}

TEST(DmaBufMapping, DoesNotWriteThroughAReadOnlyDescriptor)
{
    const UniqueFd file = test::memoryFile(kSize);
    ASSERT_TRUE(file);
    const std::string path = "/proc/self/fd/" + std::to_string(file.get());
    const UniqueFd readOnly(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(readOnly);
    const auto writable = gbm::DmaBufMapping::map(readOnly.get(), 0, gbm::CpuAccess::ReadWrite);
    ASSERT_FALSE(writable);
    EXPECT_EQ(writable.error().code(), EACCES);
    EXPECT_TRUE(gbm::DmaBufMapping::map(readOnly.get(), 0, gbm::CpuAccess::Read));
}

TEST(DmaBufMapping, LeavesTheFilesPositionAlone)
{
    const UniqueFd file = test::memoryFile(kSize);
    ASSERT_TRUE(file);
    ASSERT_EQ(::lseek(file.get(), 17, SEEK_SET), 17);
    ASSERT_TRUE(gbm::DmaBufMapping::map(file.get(), 0, gbm::CpuAccess::Read));
    EXPECT_EQ(::lseek(file.get(), 0, SEEK_CUR), 17);
}

TEST(DmaBufMapping, LivesAsLongAsItsLastUserAndNoLonger)
{
    UniqueFd file = test::memoryFile(kSize);
    ASSERT_TRUE(file);
    auto mapping = gbm::DmaBufMapping::map(file.get(), 0, gbm::CpuAccess::ReadWrite);
    ASSERT_TRUE(mapping) << mapping.error().what();
    auto user = *mapping;
    const std::byte *data = user->data();
    const int fd = user->fd();
    EXPECT_NE(fd, file.get());

    file.reset();
    mapping->reset();
    EXPECT_TRUE(isMapped(data));
    EXPECT_TRUE(isOpen(fd));
    user->bytes().front() = std::byte{1};

    user.reset();
    EXPECT_FALSE(isMapped(data));
    EXPECT_FALSE(isOpen(fd));
}

TEST(DmaBufMapping, OrdinaryMemoryNeedsNoSynchronisation)
{
    const UniqueFd file = test::memoryFile(kSize);
    ASSERT_TRUE(file);
    dma_buf_sync sync{};
    sync.flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW;
    ASSERT_NE(::ioctl(file.get(), DMA_BUF_IOCTL_SYNC, &sync), 0) << "a memfd has that ioctl now";

    const auto mapping = gbm::DmaBufMapping::map(file.get(), 0, gbm::CpuAccess::ReadWrite);
    ASSERT_TRUE(mapping) << mapping.error().what();
    for (const auto access :
         {gbm::CpuAccess::Read, gbm::CpuAccess::Write, gbm::CpuAccess::ReadWrite}) {
        EXPECT_TRUE((*mapping)->beginAccess(access));
        EXPECT_TRUE((*mapping)->endAccess(access));
    }
    EXPECT_TRUE(gbm::ScopedCpuAccess(*mapping, gbm::CpuAccess::ReadWrite).begun());
}

TEST(DmaBufMapping, SynchronisesARealDmaBuf)
{
    DAEDALUS_NEED_NODE("/dev/udmabuf");
    const auto allocator = gbm::SurfaceAllocator::create(-1, "udmabuf");
    ASSERT_TRUE(allocator) << allocator.error().what();
    const auto buffer = (*allocator)->allocateBytes(kSize);
    ASSERT_TRUE(buffer) << buffer.error().what();

    const auto mapping = gbm::DmaBufMapping::map(buffer->get(), kSize, gbm::CpuAccess::ReadWrite);
    ASSERT_TRUE(mapping) << mapping.error().what();
    // Here the ioctl exists: it has to succeed by itself.
    dma_buf_sync sync{};
    sync.flags = DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW;
    ASSERT_EQ(::ioctl(buffer->get(), DMA_BUF_IOCTL_SYNC, &sync), 0);
    sync.flags = DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW;
    ASSERT_EQ(::ioctl(buffer->get(), DMA_BUF_IOCTL_SYNC, &sync), 0);
    for (const auto access :
         {gbm::CpuAccess::Read, gbm::CpuAccess::Write, gbm::CpuAccess::ReadWrite}) {
        const auto begun = (*mapping)->beginAccess(access);
        EXPECT_TRUE(begun) << begun.error().what();
        const auto ended = (*mapping)->endAccess(access);
        EXPECT_TRUE(ended) << ended.error().what();
    }
    EXPECT_FALSE(gbm::DmaBufMapping::map(buffer->get(), kSize + 1, gbm::CpuAccess::ReadWrite));
}

TEST(ScopedCpuAccess, KeepsTheMappingAndMoves)
{
    const UniqueFd file = test::memoryFile(kSize);
    ASSERT_TRUE(file);
    auto mapping = gbm::DmaBufMapping::map(file.get(), 0, gbm::CpuAccess::ReadWrite);
    ASSERT_TRUE(mapping) << mapping.error().what();
    const std::byte *data = (*mapping)->data();
    {
        gbm::ScopedCpuAccess first(std::move(*mapping), gbm::CpuAccess::Write);
        const gbm::ScopedCpuAccess second(std::move(first));
        EXPECT_TRUE(isMapped(data));
    }
    EXPECT_FALSE(isMapped(data));
}

} // namespace
} // namespace daedalus::test
