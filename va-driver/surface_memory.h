// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>
#include <mutex>

#include "daedalus/result.h"
#include "daedalus/unique_fd.h"
#include "gbm/dma_buf.h"
#include "gbm/frame_buffer.h"
#include "gbm/surface_allocator.h"
#include "gbm/surface_layout.h"

namespace daedalus::va {

/// The one DMA-BUF that holds a surface's planes, allocated by us or imported.
///
/// Mapped at first use and then kept mapped. Thread-safe.
class SurfaceMemory {
public:
    /// Memory of the standard layout.
    static Result<std::shared_ptr<SurfaceMemory>> allocate(gbm::SurfaceAllocator &allocator,
                                                           const gbm::FormatInfo &format,
                                                           uint32_t width, uint32_t height);

    /// Memory that the client brought. @p layout has been checked against the
    /// buffer's size.
    static std::shared_ptr<SurfaceMemory> import(UniqueFd fd, const gbm::SurfaceLayout &layout);

    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] const gbm::SurfaceLayout &layout() const { return layout_; }
    [[nodiscard]] uint64_t modifier() const { return modifier_; }

    /// Whether planes lie where SurfaceLayout::standard() puts them.
    [[nodiscard]] bool hasStandardLayout() const;

    /// All of it, readable and writable.
    Result<std::shared_ptr<gbm::DmaBufMapping>> mapping();

    /// The picture for the decode engine.
    Result<std::shared_ptr<const gbm::FrameBuffer>> frame();

private:
    SurfaceMemory(UniqueFd fd, const gbm::SurfaceLayout &layout, uint64_t modifier);
    Result<std::shared_ptr<gbm::DmaBufMapping>> mapLocked();

    UniqueFd fd_;
    gbm::SurfaceLayout layout_;
    uint64_t modifier_;

    std::mutex mutex_;
    std::shared_ptr<gbm::DmaBufMapping> mapping_;
    std::shared_ptr<const gbm::FrameBuffer> frame_;
};

} // namespace daedalus::va
