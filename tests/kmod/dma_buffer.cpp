// SPDX-License-Identifier: BSD-2-Clause
#include "tests/kmod/dma_buffer.h"

#include <fcntl.h>
#include <linux/dma-heap.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

namespace daedalus::test {

UniqueFd makeDmaBuf(std::size_t size, bool writable)
{
    const UniqueFd heap(::open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC));
    dma_heap_allocation_data allocation{};
    allocation.len = size;
    allocation.fd_flags = (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC;
    if (!heap || ::ioctl(heap.get(), DMA_HEAP_IOCTL_ALLOC, &allocation) != 0) {
        return {};
    }
    return UniqueFd(static_cast<int>(allocation.fd));
}

Mapping::Mapping(int fd, std::size_t size, long offset) : size_(size)
{
    void *memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
    if (memory != MAP_FAILED) {
        data_ = static_cast<unsigned char *>(memory);
    }
}

Mapping::~Mapping()
{
    if (data_ != nullptr) {
        ::munmap(data_, size_);
    }
}

} // namespace daedalus::test
