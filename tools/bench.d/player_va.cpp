// SPDX-License-Identifier: BSD-2-Clause
#include "player.h"

#include <cerrno>
#include <deque>

extern "C" {
#include <libavutil/hwcontext.h>
#include <libavutil/hwcontext_vaapi.h>
}

namespace daedalus::bench {
namespace {

/// Pictures that a client leaves to the decoder before it looks at the oldest.
constexpr size_t kAhead = 4;

VASurfaceID surfaceOf(const AVFrame &frame)
{
    return static_cast<VASurfaceID>(reinterpret_cast<uintptr_t>(frame.data[3]));
}

class VaPlayer : public Player {
public:
    VaPlayer(const Film &film, bool waits, AvPointer<AVBufferRef> device)
        : film_(film), waits_(waits), device_(std::move(device)), frame_(av_frame_alloc())
    {}

    Result<void> open()
    {
        // AV1 has several decoders; libavcodec's own is the one with VA-API.
        const AVCodec *codec = film_.parameters->codec_id == AV_CODEC_ID_AV1
                                   ? avcodec_find_decoder_by_name("av1")
                                   : avcodec_find_decoder(film_.parameters->codec_id);
        decoder_.reset(codec != nullptr ? avcodec_alloc_context3(codec) : nullptr);
        if (!decoder_ ||
            avcodec_parameters_to_context(decoder_.get(), film_.parameters.get()) < 0) {
            return fail(ENOTSUP, "no decoder for " + film_.name);
        }
        decoder_->opaque = this;
        decoder_->thread_count = 1;
        decoder_->hw_device_ctx = av_buffer_ref(device_.get());
        decoder_->get_format = takeSurfaces;
        decoder_->get_buffer2 = getBuffer;
        decoder_->extra_hw_frames = kAhead + 2;
        if (const int error = avcodec_open2(decoder_.get(), codec, nullptr); error < 0) {
            return fail(ENOTSUP, film_.name + ": " + avErrorText(error));
        }
        return {};
    }

    Result<Pass> play(Ending ending) override
    {
        Pass pass;
        for (const auto &packet : film_.packets) {
            const auto start = std::chrono::steady_clock::now();
            newest_ = VA_INVALID_SURFACE;
            if (const int error = avcodec_send_packet(decoder_.get(), packet.get()); error < 0) {
                return fail(EIO, film_.name + ": " + avErrorText(error));
            }
            receive(pass);
            if (waits_ && newest_ != VA_INVALID_SURFACE) {
                sync(newest_);
                pass.latencies.emplace_back(std::chrono::steady_clock::now() - start);
            }
        }
        // To go on after the end takes a flush, which has libavcodec make all surfaces anew.
        if (ending == Ending::Last) {
            avcodec_send_packet(decoder_.get(), nullptr);
            receive(pass);
            look(0);
        }
        if (failed_) {
            return fail(EIO, film_.name + ": a picture was not decoded");
        }
        return pass;
    }

private:
    static AVPixelFormat takeSurfaces(AVCodecContext * /*decoder*/, const AVPixelFormat *offered)
    {
        while (*offered != AV_PIX_FMT_NONE && *offered != AV_PIX_FMT_VAAPI) {
            ++offered;
        }
        return *offered;
    }

    static int getBuffer(AVCodecContext *decoder, AVFrame *frame, int flags)
    {
        const int result = avcodec_default_get_buffer2(decoder, frame, flags);
        if (result >= 0 && frame->format == AV_PIX_FMT_VAAPI) {
            static_cast<VaPlayer *>(decoder->opaque)->newest_ = surfaceOf(*frame);
        }
        return result;
    }

    void receive(Pass &pass)
    {
        while (avcodec_receive_frame(decoder_.get(), frame_.get()) >= 0) {
            ++pass.pictures;
            failed_ = failed_ || frame_->format != AV_PIX_FMT_VAAPI;
            AvPointer<AVFrame> next(av_frame_alloc());
            std::swap(next, frame_);
            ahead_.push_back(std::move(next));
            look(waits_ ? 0 : kAhead);
        }
    }

    /// Waits for the oldest pictures until no more than @p left are under way.
    void look(size_t left)
    {
        while (ahead_.size() > left) {
            if (ahead_.front()->format == AV_PIX_FMT_VAAPI) {
                sync(surfaceOf(*ahead_.front()));
            }
            ahead_.pop_front();
        }
    }

    void sync(VASurfaceID surface)
    {
        const auto *context = reinterpret_cast<const AVHWDeviceContext *>(device_->data);
        const auto *va = static_cast<const AVVAAPIDeviceContext *>(context->hwctx);
        failed_ = failed_ || vaSyncSurface(va->display, surface) != VA_STATUS_SUCCESS;
    }

    const Film &film_;
    bool waits_;
    bool failed_ = false;
    VASurfaceID newest_ = VA_INVALID_SURFACE;
    AvPointer<AVBufferRef> device_;
    AvPointer<AVCodecContext> decoder_;
    AvPointer<AVFrame> frame_;
    std::deque<AvPointer<AVFrame>> ahead_;
};

} // namespace

Result<std::unique_ptr<Player>> openVa(const Film &film, const PlayOptions &options,
                                       const std::string &node)
{
    AVBufferRef *device = nullptr;
    if (const int error =
            av_hwdevice_ctx_create(&device, AV_HWDEVICE_TYPE_VAAPI, node.c_str(), nullptr, 0);
        error < 0) {
        return fail(ENODEV, node + ": " + avErrorText(error));
    }
    auto player = std::make_unique<VaPlayer>(film, options.waits, AvPointer<AVBufferRef>(device));
    if (auto opened = player->open(); !opened) {
        return tl::unexpected(opened.error());
    }
    return player;
}

} // namespace daedalus::bench
