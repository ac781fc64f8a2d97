// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "daedalus/result.h"
#include "gbm/dma_buf.h"
#include "gbm/surface_allocator.h"
#include "tools/v4l2-decode/frame_view.h"
#include "v4l2/v4l2_queue.h"

namespace daedalus::v4l2decode {

/// The CAPTURE queue's buffers: where decoded pictures go.
class CaptureBuffers {
public:
    /// Sets the format, allocates the buffers and gives all of them to the driver.
    /// @param allocator for DMA-BUF memory; null for MMAP
    /// @param fourcc CAPTURE format. ENOTSUP: the device does not offer it
    /// @param width,height coded size
    /// @param needed fewest buffers that will do
    /// @param extra buffers beyond these, as far as the driver has them
    static Result<std::unique_ptr<CaptureBuffers>>
    create(const std::shared_ptr<v4l2::V4l2Device> &device, gbm::SurfaceAllocator *allocator,
           uint32_t fourcc, uint32_t width, uint32_t height, unsigned needed, unsigned extra);

    [[nodiscard]] v4l2::V4l2Queue &queue() { return queue_; }
    [[nodiscard]] const v4l2::V4l2Format &format() const { return format_; }

    /// Gives a buffer (back) to the driver.
    Result<void> enqueue(unsigned index);
    /// All of them, after streaming was off.
    Result<void> enqueueAll();

    /// The samples of a buffer; valid until it is queued again.
    Result<FrameView> view(unsigned index);

private:
    struct DmaBuffer {
        std::vector<UniqueFd> fds;
        std::vector<std::shared_ptr<gbm::DmaBufMapping>> mappings;
    };

    CaptureBuffers(const std::shared_ptr<v4l2::V4l2Device> &device, v4l2::V4l2Memory memory,
                   const gbm::FormatInfo &info)
        : queue_(device, v4l2::QueueType::Capture, memory), info_(&info)
    {}
    Result<void> setFormat(v4l2::V4l2Device &device, uint32_t fourcc, uint32_t width,
                           uint32_t height);
    Result<void> allocate(gbm::SurfaceAllocator *allocator, unsigned needed, unsigned extra);
    Result<DmaBuffer> allocateDma(gbm::SurfaceAllocator &allocator) const;

    v4l2::V4l2Queue queue_;
    const gbm::FormatInfo *info_;
    v4l2::V4l2Format format_;
    uint32_t width_ = 0; ///< coded
    uint32_t height_ = 0;
    std::vector<DmaBuffer> dma_;
};

} // namespace daedalus::v4l2decode
