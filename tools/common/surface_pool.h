// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "gbm/format_info.h"
#include "tools/common/libav_handles.h"
#include "tools/common/va_display.h"

namespace daedalus::tools {

/// VA surfaces of one format and size, for a decoder to decode into.
///
/// The surfaces are ours and not libavcodec's, for two reasons: it knows no I010, into which
/// ten bits are decoded without a copy; and with all of them known from the start, all can
/// be imported before the first picture is shown.
///
/// Thread-safe: the decoder takes surfaces while the compositor looks them up.
class SurfacePool : public std::enable_shared_from_this<SurfacePool> {
public:
    struct Shape {
        const gbm::FormatInfo *format = nullptr;
        uint32_t width = 0; ///< luma samples
        uint32_t height = 0;
    };

    /// @param count how many to make now; more are made when a decoder needs them
    static Result<std::shared_ptr<SurfacePool>> create(std::shared_ptr<VaDisplay> display,
                                                       const Shape &shape, size_t count);

    SurfacePool(const SurfacePool &) = delete;
    SurfacePool &operator=(const SurfacePool &) = delete;
    ~SurfacePool();

    [[nodiscard]] const Shape &shape() const { return shape_; }
    [[nodiscard]] VADisplay display() const { return display_->get(); }
    [[nodiscard]] std::vector<VASurfaceID> surfaces() const;

    /// The pool that @p frame's surface is from; null for a frame of somebody else's.
    static std::shared_ptr<SurfacePool> of(const AVFrame &frame);

    /// Makes @p frames, which is not initialised yet, hand out these surfaces.
    Result<void> attachTo(AVHWFramesContext &frames);

private:
    SurfacePool() = default;
    Result<VASurfaceID> createSurface() const;
    static AVBufferRef *nextBuffer(void *opaque, size_t size);

    std::shared_ptr<VaDisplay> display_;
    Shape shape_;
    mutable std::mutex mutex_;
    std::vector<VASurfaceID> surfaces_;
    size_t handedOut_ = 0; ///< to the AVBufferPool, which keeps them
};

/// What surfaces @p decoder needs for its stream: a frames context that is not initialised yet.
/// @return ENOTSUP: the driver does not decode the stream's profile
Result<AvPtr<AVBufferRef>> neededSurfaces(AVCodecContext &decoder, AVBufferRef &device);

/// Initialises @p reference, from neededSurfaces(), with surfaces of a pool of its own.
Result<void> makeSurfaces(AVBufferRef &reference, const AVCodecContext &decoder,
                          std::shared_ptr<VaDisplay> display, const gbm::FormatInfo &format);

} // namespace daedalus::tools
