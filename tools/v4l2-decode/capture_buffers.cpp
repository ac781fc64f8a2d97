// SPDX-License-Identifier: BSD-2-Clause
#include "tools/v4l2-decode/capture_buffers.h"

#include <algorithm>
#include <array>
#include <utility>

namespace daedalus::v4l2decode {

Result<std::unique_ptr<CaptureBuffers>>
CaptureBuffers::create(const std::shared_ptr<v4l2::V4l2Device> &device,
                       gbm::SurfaceAllocator *allocator, uint32_t fourcc, uint32_t width,
                       uint32_t height, unsigned needed, unsigned extra)
{
    const gbm::FormatInfo *info = gbm::FormatInfo::fromV4l2(fourcc);
    const auto offered = device->formats(v4l2::QueueType::Capture);
    if (!offered) {
        return tl::unexpected(offered.error());
    }
    if (info == nullptr || std::find(offered->begin(), offered->end(), fourcc) == offered->end()) {
        return fail(ENOTSUP, "the device does not offer this CAPTURE format for the stream");
    }
    const v4l2::V4l2Memory memory =
        allocator != nullptr ? v4l2::V4l2Memory::DmaBuf : v4l2::V4l2Memory::Mmap;
    std::unique_ptr<CaptureBuffers> buffers(new CaptureBuffers(device, memory, *info));
    if (auto result = buffers->setFormat(*device, fourcc, width, height); !result) {
        return tl::unexpected(result.error());
    }
    if (auto result = buffers->allocate(allocator, needed, extra); !result) {
        return tl::unexpected(result.error());
    }
    if (auto result = buffers->enqueueAll(); !result) {
        return tl::unexpected(result.error());
    }
    return buffers;
}

Result<void> CaptureBuffers::setFormat(v4l2::V4l2Device &device, uint32_t fourcc, uint32_t width,
                                       uint32_t height)
{
    width_ = width;
    height_ = height;
    v4l2::V4l2Format wanted{.fourcc = fourcc, .width = width, .height = height, .planes = {}};
    if (queue_.memory() == v4l2::V4l2Memory::DmaBuf && fourcc == info_->v4l2) {
        // Have the driver take the layout of the surfaces that are going to be queued.
        const gbm::SurfaceLayout layout = gbm::SurfaceLayout::standard(*info_, width, height);
        wanted.height = layout.alignedHeight;
        wanted.planes = {{.stride = layout.stride[0], .size = 0}};
    }
    auto format = device.setFormat(v4l2::QueueType::Capture, wanted);
    if (!format) {
        return tl::unexpected(format.error());
    }
    if (format->fourcc != fourcc) {
        return fail(ENOTSUP, "the device chose another CAPTURE format");
    }
    if (format->width < width || format->height < height) {
        return fail(ENOTSUP, "the device has no pictures of " + std::to_string(width) + "x" +
                                 std::to_string(height));
    }
    if (!wanted.planes.empty() && (format->planes.front().stride != wanted.planes.front().stride ||
                                   format->height != wanted.height)) {
        return fail(ENOTSUP, "the device does not take the layout of our surfaces");
    }
    format_ = std::move(*format);
    return {};
}

Result<void> CaptureBuffers::allocate(gbm::SurfaceAllocator *allocator, unsigned needed,
                                      unsigned extra)
{
    const auto allocated = queue_.allocate(needed + extra);
    if (!allocated) {
        return tl::unexpected(allocated.error());
    }
    if (*allocated < needed) {
        return fail(ENOMEM, "the device has too few CAPTURE buffers");
    }
    for (unsigned i = 0; allocator != nullptr && i < *allocated; ++i) {
        auto buffer = allocateDma(*allocator);
        if (!buffer) {
            return tl::unexpected(buffer.error());
        }
        dma_.push_back(std::move(*buffer));
    }
    return {};
}

Result<CaptureBuffers::DmaBuffer>
CaptureBuffers::allocateDma(gbm::SurfaceAllocator &allocator) const
{
    DmaBuffer buffer;
    if (format_.fourcc == info_->v4l2) {
        auto surface = allocator.allocate(*info_, width_, height_);
        if (!surface) {
            return tl::unexpected(surface.error());
        }
        if (surface->layout.size < format_.planes.front().size) {
            return fail(EINVAL, "a surface is smaller than the CAPTURE format's image size");
        }
        buffer.fds.push_back(std::move(surface->fd));
    } else {
        for (const auto &plane : format_.planes) {
            auto fd = allocator.allocateBytes(plane.size);
            if (!fd) {
                return tl::unexpected(fd.error());
            }
            buffer.fds.push_back(std::move(*fd));
        }
    }
    for (const UniqueFd &fd : buffer.fds) {
        auto mapping = gbm::DmaBufMapping::map(fd.get(), 0, gbm::CpuAccess::Read);
        if (!mapping) {
            return tl::unexpected(mapping.error());
        }
        buffer.mappings.push_back(std::move(*mapping));
    }
    return buffer;
}

Result<void> CaptureBuffers::enqueue(unsigned index)
{
    std::array<v4l2::V4l2Queue::PlaneArgs, v4l2::V4l2Queue::kMaxPlanes> planes;
    size_t count = 0;
    if (!dma_.empty()) {
        for (const UniqueFd &fd : dma_[index].fds) {
            planes[count++].fd = fd.get();
        }
    }
    return queue_.queue({.index = index, .planes = std::span(planes).first(count)});
}

Result<void> CaptureBuffers::enqueueAll()
{
    for (unsigned index = 0; index < queue_.count(); ++index) {
        if (auto result = enqueue(index); !result) {
            return result;
        }
    }
    return {};
}

Result<FrameView> CaptureBuffers::view(unsigned index)
{
    FrameView view;
    view.format = info_;
    const auto memory = [&](unsigned plane) -> std::span<const uint8_t> {
        const auto bytes =
            dma_.empty() ? queue_.plane(index, plane) : dma_[index].mappings[plane]->bytes();
        return {reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()};
    };
    if (!dma_.empty()) {
        for (const auto &mapping : dma_[index].mappings) {
            view.access.emplace_back(mapping, gbm::CpuAccess::Read);
            if (const auto &begun = view.access.back().begun(); !begun) {
                return tl::unexpected(begun.error());
            }
        }
    }
    const uint32_t stride = format_.planes.front().stride;
    size_t offset = 0;
    for (unsigned plane = 0; plane < info_->planes; ++plane) {
        const bool own = format_.planes.size() > 1;
        auto &out = view.planes[plane];
        // One buffer: planes back to back, with half the luma stride where chroma
        // planes are separate (V4L2's definition of these formats).
        out.stride = own ? format_.planes[plane].stride
                         : (plane == 0 || info_->semiPlanar() ? stride : stride / 2);
        const auto bytes = memory(own ? plane : 0);
        const size_t size = size_t{out.stride} * info_->rows(plane, format_.height);
        if (bytes.size() < (own ? 0 : offset) + size) {
            return fail(EINVAL, "a CAPTURE buffer is smaller than its format says");
        }
        out.bytes = bytes.subspan(own ? 0 : offset, size);
        offset += size;
    }
    return view;
}

} // namespace daedalus::v4l2decode
