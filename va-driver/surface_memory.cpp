// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/surface_memory.h"

#include <drm_fourcc.h>

namespace daedalus::va {

SurfaceMemory::SurfaceMemory(UniqueFd fd, const gbm::SurfaceLayout &layout, uint64_t modifier)
    : fd_(std::move(fd)), layout_(layout), modifier_(modifier)
{}

Result<std::shared_ptr<SurfaceMemory>> SurfaceMemory::allocate(gbm::SurfaceAllocator &allocator,
                                                               const gbm::FormatInfo &format,
                                                               uint32_t width, uint32_t height)
{
    auto buffer = allocator.allocate(format, width, height);
    if (!buffer) {
        return tl::unexpected(buffer.error());
    }
    return std::shared_ptr<SurfaceMemory>(
        new SurfaceMemory(std::move(buffer->fd), buffer->layout, buffer->modifier));
}

std::shared_ptr<SurfaceMemory> SurfaceMemory::import(UniqueFd fd, const gbm::SurfaceLayout &layout)
{
    return std::shared_ptr<SurfaceMemory>(
        new SurfaceMemory(std::move(fd), layout, DRM_FORMAT_MOD_LINEAR));
}

bool SurfaceMemory::hasStandardLayout() const
{
    const auto standard =
        gbm::SurfaceLayout::standard(*layout_.format, layout_.width, layout_.height);
    return layout_.offset == standard.offset && layout_.stride == standard.stride &&
           layout_.size >= standard.size;
}

Result<std::shared_ptr<gbm::DmaBufMapping>> SurfaceMemory::mapLocked()
{
    if (!mapping_) {
        auto mapping = gbm::DmaBufMapping::map(fd_.get(), layout_.size, gbm::CpuAccess::ReadWrite);
        if (!mapping) {
            return tl::unexpected(mapping.error());
        }
        mapping_ = std::move(*mapping);
    }
    return mapping_;
}

Result<std::shared_ptr<gbm::DmaBufMapping>> SurfaceMemory::mapping()
{
    const std::scoped_lock lock(mutex_);
    return mapLocked();
}

Result<std::shared_ptr<const gbm::FrameBuffer>> SurfaceMemory::frame()
{
    const std::scoped_lock lock(mutex_);
    if (!frame_) {
        auto mapping = mapLocked();
        if (!mapping) {
            return tl::unexpected(mapping.error());
        }
        auto frame = gbm::FrameBuffer::create(*mapping, layout_);
        if (!frame) {
            return tl::unexpected(frame.error());
        }
        frame_ = std::move(*frame);
    }
    return frame_;
}

} // namespace daedalus::va
