// SPDX-License-Identifier: BSD-2-Clause
#include <utility>

#include <fcntl.h>
#include <linux/dma-heap.h>
#include <xf86drm.h>

#include "gbm/providers.h"

namespace daedalus::gbm {
namespace {

constexpr const char *kHeap = "/dev/dma_heap/system";

class DmaHeapProvider final : public SurfaceProvider {
public:
    explicit DmaHeapProvider(UniqueFd heap) : heap_(std::move(heap)) {}

    [[nodiscard]] std::string_view name() const override { return "dma-heap"; }

    Result<UniqueFd> allocate(size_t size) override
    {
        dma_heap_allocation_data request{};
        request.len = size;
        request.fd_flags = O_RDWR | O_CLOEXEC;
        // drmIoctl() is ioctl() that goes on after a signal.
        if (::drmIoctl(heap_.get(), DMA_HEAP_IOCTL_ALLOC, &request) != 0) {
            return failErrno("allocating from " + std::string(kHeap));
        }
        return UniqueFd(static_cast<int>(request.fd));
    }

private:
    UniqueFd heap_;
};

} // namespace

Result<std::unique_ptr<SurfaceProvider>> openDmaHeapProvider()
{
    UniqueFd heap(::open(kHeap, O_RDONLY | O_CLOEXEC));
    if (!heap) {
        return failErrno("opening " + std::string(kHeap));
    }
    return std::make_unique<DmaHeapProvider>(std::move(heap));
}

} // namespace daedalus::gbm
