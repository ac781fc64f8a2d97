// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/hw_decoder.h"

#include <cerrno>

extern "C" {
#include <libavutil/hwcontext.h>
#include <libavutil/pixdesc.h>
}

#include "tools/common/va_decoding.h"

namespace daedalus::play {
namespace {

/// A decoder of AV1 with film grain has two surfaces for each picture, and libavcodec asks
/// for one.
constexpr int kExtraForGrain = 9;

std::unique_ptr<VideoFrame> wrapFrame(tools::AvPtr<AVFrame> frame,
                                      std::shared_ptr<tools::SurfacePool> pool)
{
    auto result = std::make_unique<VideoFrame>();
    result->surface = tools::surfaceOf(*frame);
    // What is cut off on the right and below is gone from the size already; what is cut off
    // on the left and above cannot be with a surface, and is left to us.
    const auto left = static_cast<uint32_t>(frame->crop_left);
    const auto top = static_cast<uint32_t>(frame->crop_top);
    result->visible = {.x = left,
                       .y = top,
                       .width = static_cast<uint32_t>(frame->width) - left,
                       .height = static_cast<uint32_t>(frame->height) - top};
    const AVRational aspect = frame->sample_aspect_ratio;
    result->pixelAspect = aspect.num > 0 && aspect.den > 0 ? ::av_q2d(aspect) : 1.0;
    result->colours = tools::coloursOf(*frame);
    result->pool = std::move(pool);
    result->frame = std::move(frame);
    return result;
}

} // namespace

Result<std::unique_ptr<HwDecoder>> HwDecoder::create(const AVStream &stream,
                                                     std::shared_ptr<tools::VaDisplay> display,
                                                     FormatChoice choose, int extraSurfaces)
{
    const AVCodecID id = stream.codecpar->codec_id;
    const AVCodec *codec = tools::findVaDecoder(id);
    if (codec == nullptr) {
        return fail(ENOTSUP, std::string(::avcodec_get_name(id)) +
                                 ": libavcodec does not decode this with VA-API");
    }
    auto decoder = std::unique_ptr<HwDecoder>(new HwDecoder);
    decoder->display_ = std::move(display);
    decoder->choose_ = std::move(choose);
    auto device = tools::wrapDisplay(decoder->display_->get());
    if (!device) {
        return tl::unexpected(device.error());
    }
    decoder->device_ = std::move(*device);
    decoder->context_.reset(::avcodec_alloc_context3(codec));
    AVCodecContext *context = decoder->context_.get();
    if (context == nullptr || ::avcodec_parameters_to_context(context, stream.codecpar) < 0) {
        return fail(ENOMEM, "no memory for a decoder");
    }
    context->opaque = decoder.get();
    context->get_format = &HwDecoder::chooseFormat;
    context->pkt_timebase = stream.time_base;
    context->thread_count = 1; // the driver has threads of its own
    context->extra_hw_frames = extraSurfaces + (id == AV_CODEC_ID_AV1 ? kExtraForGrain : 0);
    // Constrained Baseline is often marked as Baseline.
    context->hwaccel_flags |= AV_HWACCEL_FLAG_ALLOW_PROFILE_MISMATCH;
    if (const int code = ::avcodec_open2(context, codec, nullptr); code < 0) {
        return fail(EINVAL, std::string(codec->name) + ": " + tools::avError(code));
    }
    return decoder;
}

AVPixelFormat HwDecoder::chooseFormat(AVCodecContext *context, const AVPixelFormat *offered)
{
    auto *self = static_cast<HwDecoder *>(context->opaque);
    if (!tools::offersSurfaces(offered)) {
        self->refused_ = Error(ENOTSUP, "the stream has a format that is not decoded with VA-API");
        return AV_PIX_FMT_NONE;
    }
    if (auto made = self->makeSurfaces(*context); !made) {
        self->refused_ = made.error();
        return AV_PIX_FMT_NONE;
    }
    return AV_PIX_FMT_VAAPI;
}

/// True where the surfaces that are in use are what @p frames asks for.
bool HwDecoder::fits(const AVHWFramesContext &frames) const
{
    if (!frames_) {
        return false;
    }
    const auto &now = *reinterpret_cast<const AVHWFramesContext *>(frames_->data);
    return now.sw_format == frames.sw_format && now.width == frames.width &&
           now.height == frames.height;
}

Result<void> HwDecoder::fillFrames(AVBufferRef &reference)
{
    const auto &frames = *reinterpret_cast<AVHWFramesContext *>(reference.data);
    const AVPixFmtDescriptor *description = ::av_pix_fmt_desc_get(frames.sw_format);
    const unsigned depth =
        description != nullptr ? static_cast<unsigned>(description->comp[0].depth) : 8U;
    const gbm::FormatInfo *format = choose_(depth);
    if (format == nullptr) {
        return fail(ENOTSUP, "no surface format with " + std::to_string(depth) +
                                 " bits can be made and shown");
    }
    return tools::makeSurfaces(reference, *context_, display_, *format);
}

Result<void> HwDecoder::makeSurfaces(AVCodecContext &context)
{
    auto reference = tools::neededSurfaces(context, *device_);
    if (!reference) {
        return tl::unexpected(reference.error());
    }
    // libavcodec asks anew after each jump in a stream; the surfaces, and the textures that
    // they are, can stay.
    if (!fits(*reinterpret_cast<AVHWFramesContext *>((*reference)->data))) {
        if (auto filled = fillFrames(**reference); !filled) {
            return filled;
        }
        frames_ = std::move(*reference);
    }
    ::av_buffer_unref(&context.hw_frames_ctx);
    context.hw_frames_ctx = ::av_buffer_ref(frames_.get());
    if (context.hw_frames_ctx == nullptr) {
        return fail(ENOMEM, "no memory for a decoder");
    }
    refused_.reset();
    return {};
}

Result<bool> HwDecoder::send(const AVPacket *packet)
{
    const int code = ::avcodec_send_packet(context_.get(), packet);
    if (code == AVERROR(EAGAIN)) {
        return false;
    }
    if (refused_) {
        return tl::unexpected(*refused_);
    }
    if (code < 0 && code != AVERROR_EOF) {
        // Damaged streams go on with the next picture that can be decoded.
        ++errors_;
    }
    return true;
}

Result<std::unique_ptr<VideoFrame>> HwDecoder::receive()
{
    tools::AvPtr<AVFrame> frame(::av_frame_alloc());
    if (!frame) {
        return fail(ENOMEM, "no memory for a frame");
    }
    for (;;) {
        const int code = ::avcodec_receive_frame(context_.get(), frame.get());
        if (refused_) {
            return tl::unexpected(*refused_);
        }
        if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) {
            return std::unique_ptr<VideoFrame>();
        }
        if (code >= 0) {
            break;
        }
        ++errors_;
    }
    // After a change of size, pictures of the old one are still to come.
    auto pool = tools::SurfacePool::of(*frame);
    if (frame->format != AV_PIX_FMT_VAAPI || !pool) {
        return fail(ENOTSUP, "libavcodec did not decode into a surface of ours");
    }
    return wrapFrame(std::move(frame), std::move(pool));
}

void HwDecoder::flush()
{
    ::avcodec_flush_buffers(context_.get());
}

} // namespace daedalus::play
