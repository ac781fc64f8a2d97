// SPDX-License-Identifier: BSD-2-Clause
#include "tools/common/surface_pool.h"

#include <algorithm>
#include <cerrno>

extern "C" {
#include <libavutil/hwcontext.h>
#include <libavutil/hwcontext_vaapi.h>
#include <libavutil/mem.h>
}

namespace daedalus::tools {
namespace {

/// Pictures that a decoder of any codec may refer to, and the one that it decodes.
constexpr int kReferences = 17;

using PoolOwner = std::shared_ptr<SurfacePool>;

/// The surface belongs to the SurfacePool: nothing to free with the buffer.
void keepSurface(void * /*opaque*/, uint8_t * /*data*/) {}

void releasePool(void *opaque)
{
    delete static_cast<PoolOwner *>(opaque);
}

void releaseFrames(AVHWFramesContext *frames)
{
    ::av_buffer_pool_uninit(&frames->pool);
}

} // namespace

Result<std::shared_ptr<SurfacePool>> SurfacePool::create(std::shared_ptr<VaDisplay> display,
                                                         const Shape &shape, size_t count)
{
    auto pool = std::shared_ptr<SurfacePool>(new SurfacePool);
    pool->display_ = std::move(display);
    pool->shape_ = shape;
    for (size_t i = 0; i < count; ++i) {
        const auto surface = pool->createSurface();
        if (!surface) {
            return tl::unexpected(surface.error());
        }
        pool->surfaces_.push_back(*surface);
    }
    return pool;
}

SurfacePool::~SurfacePool()
{
    if (!surfaces_.empty()) {
        ::vaDestroySurfaces(display_->get(), surfaces_.data(), static_cast<int>(surfaces_.size()));
    }
}

Result<VASurfaceID> SurfacePool::createSurface() const
{
    VASurfaceAttrib attribute{};
    attribute.type = VASurfaceAttribPixelFormat;
    attribute.flags = VA_SURFACE_ATTRIB_SETTABLE;
    attribute.value.type = VAGenericValueTypeInteger;
    attribute.value.value.i = static_cast<int>(shape_.format->va);
    VASurfaceID surface = VA_INVALID_SURFACE;
    const VAStatus status =
        ::vaCreateSurfaces(display_->get(), shape_.format->vaRtFormat, shape_.width, shape_.height,
                           &surface, 1, &attribute, 1);
    if (status != VA_STATUS_SUCCESS) {
        return failVa("vaCreateSurfaces " + std::string(shape_.format->name), status);
    }
    return surface;
}

std::vector<VASurfaceID> SurfacePool::surfaces() const
{
    const std::lock_guard lock(mutex_);
    return surfaces_;
}

AVBufferRef *SurfacePool::nextBuffer(void *opaque, size_t size)
{
    SurfacePool &pool = **static_cast<PoolOwner *>(opaque);
    const std::lock_guard lock(pool.mutex_);
    if (pool.handedOut_ == pool.surfaces_.size()) {
        const auto surface = pool.createSurface();
        if (!surface) {
            return nullptr;
        }
        pool.surfaces_.push_back(*surface);
    }
    const uintptr_t id = pool.surfaces_[pool.handedOut_++];
    // libavcodec's convention: the "data" is the handle.
    auto *handle = reinterpret_cast<uint8_t *>(id); // NOLINT(performance-no-int-to-ptr)
    return ::av_buffer_create(handle, size, &keepSurface, nullptr, AV_BUFFER_FLAG_READONLY);
}

std::shared_ptr<SurfacePool> SurfacePool::of(const AVFrame &frame)
{
    if (frame.hw_frames_ctx == nullptr) {
        return nullptr;
    }
    const auto *frames = reinterpret_cast<const AVHWFramesContext *>(frame.hw_frames_ctx->data);
    if (frames->free != &releaseFrames) {
        return nullptr;
    }
    return static_cast<SurfacePool *>(frames->user_opaque)->shared_from_this();
}

Result<void> SurfacePool::attachTo(AVHWFramesContext &frames)
{
    auto owner = std::make_unique<PoolOwner>(shared_from_this());
    frames.pool =
        ::av_buffer_pool_init2(sizeof(VASurfaceID), owner.get(), &nextBuffer, &releasePool);
    if (frames.pool == nullptr) {
        return fail(ENOMEM, "no memory for a pool of surfaces");
    }
    static_cast<void>(owner.release());
    frames.free = &releaseFrames;
    frames.user_opaque = this; // frames.pool has a share in us
    // Some drivers want to know a context's targets; libavutil frees the array.
    auto *vaapi = static_cast<AVVAAPIFramesContext *>(frames.hwctx);
    vaapi->surface_ids =
        static_cast<VASurfaceID *>(::av_malloc_array(surfaces_.size(), sizeof(VASurfaceID)));
    if (vaapi->surface_ids == nullptr) {
        return fail(ENOMEM, "no memory for a list of surfaces");
    }
    std::ranges::copy(surfaces_, vaapi->surface_ids);
    vaapi->nb_surfaces = static_cast<int>(surfaces_.size());
    return {};
}

Result<AvPtr<AVBufferRef>> neededSurfaces(AVCodecContext &decoder, AVBufferRef &device)
{
    AVBufferRef *allocated = nullptr;
    const int code =
        ::avcodec_get_hw_frames_parameters(&decoder, &device, AV_PIX_FMT_VAAPI, &allocated);
    if (code < 0) {
        const char *profile = ::avcodec_profile_name(decoder.codec_id, decoder.profile);
        return fail(ENOTSUP, std::string("the driver has no decoder for ") +
                                 ::avcodec_get_name(decoder.codec_id) + " " +
                                 (profile != nullptr ? profile : "") +
                                 " (vainfo lists what it has)");
    }
    return AvPtr<AVBufferRef>(allocated);
}

Result<void> makeSurfaces(AVBufferRef &reference, const AVCodecContext &decoder,
                          std::shared_ptr<VaDisplay> display, const gbm::FormatInfo &format)
{
    auto &frames = *reinterpret_cast<AVHWFramesContext *>(reference.data);
    // libavcodec 61 and later leave the number open.
    const int count = frames.initial_pool_size > 0 ? frames.initial_pool_size
                                                   : kReferences + decoder.extra_hw_frames;
    const SurfacePool::Shape shape{.format = &format,
                                   .width = static_cast<uint32_t>(frames.width),
                                   .height = static_cast<uint32_t>(frames.height)};
    auto pool = SurfacePool::create(std::move(display), shape, static_cast<size_t>(count));
    if (!pool) {
        return tl::unexpected(pool.error());
    }
    // libavutil looks only at sw_format's depth, and at that only for transfers, which we
    // do not make.
    if (auto attached = (*pool)->attachTo(frames); !attached) {
        return attached;
    }
    if (const int code = ::av_hwframe_ctx_init(&reference); code < 0) {
        return fail(EIO, "surfaces for the decoder: " + avError(code));
    }
    return {};
}

} // namespace daedalus::tools
