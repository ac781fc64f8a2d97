// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/scanout_buffer.h"

#include <cerrno>

#include <drm_fourcc.h>
#include <gbm.h>

namespace daedalus::play {

Result<std::unique_ptr<ScanoutBuffer>> ScanoutBuffer::create(const tools::EglDevice &device,
                                                             const PixelSize &size, For whom)
{
    auto made = std::unique_ptr<ScanoutBuffer>(new ScanoutBuffer);
    // Linear, because it is what every display and every other GPU understands.
    uint32_t use = GBM_BO_USE_RENDERING | GBM_BO_USE_LINEAR;
    if (whom == For::Display) {
        use |= GBM_BO_USE_SCANOUT;
    }
    made->buffer_ = ::gbm_bo_create(device.gbm(), static_cast<uint32_t>(size.width),
                                    static_cast<uint32_t>(size.height), GBM_FORMAT_XRGB8888, use);
    if (made->buffer_ == nullptr) {
        return failErrno("gbm_bo_create of an XRGB8888 buffer");
    }
    made->dmaBuf_.reset(::gbm_bo_get_fd(made->buffer_));
    if (!made->dmaBuf_) {
        return failErrno("exporting a buffer for the screen");
    }
    tools::ExportedLayer layer;
    layer.drmFormat = DRM_FORMAT_XRGB8888;
    layer.width = static_cast<uint32_t>(size.width);
    layer.height = static_cast<uint32_t>(size.height);
    layer.planes.push_back({.fd = made->dmaBuf_.get(),
                            .offset = ::gbm_bo_get_offset(made->buffer_, 0),
                            .pitch = made->stride(),
                            .modifier = made->modifier()});
    auto canvas = Canvas::onBuffer(device, layer);
    if (!canvas) {
        return tl::unexpected(canvas.error());
    }
    made->canvas_ = std::move(*canvas);
    return made;
}

ScanoutBuffer::~ScanoutBuffer()
{
    canvas_.reset();
    if (buffer_ != nullptr) {
        ::gbm_bo_destroy(buffer_);
    }
}

uint32_t ScanoutBuffer::stride() const
{
    return ::gbm_bo_get_stride(buffer_);
}

uint64_t ScanoutBuffer::modifier() const
{
    return ::gbm_bo_get_modifier(buffer_);
}

uint32_t ScanoutBuffer::handle() const
{
    return ::gbm_bo_get_handle(buffer_).u32;
}

} // namespace daedalus::play
