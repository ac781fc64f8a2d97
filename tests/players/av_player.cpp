// SPDX-License-Identifier: BSD-2-Clause
#include "tests/players/av_player.h"

#include <algorithm>
#include <cerrno>
#include <optional>

extern "C" {
#include <libavutil/hwcontext.h>
#include <libavutil/hwcontext_vaapi.h>
}

#include "tools/common/demuxer.h"
#include "tools/common/md5.h"
#include "tools/common/picture.h"
#include "tools/common/va_decoding.h"

namespace daedalus::test {

namespace {

AVPixelFormat takeVaapiOnly(AVCodecContext * /*decoder*/, const AVPixelFormat *offered)
{
    return tools::offersSurfaces(offered) ? AV_PIX_FMT_VAAPI : AV_PIX_FMT_NONE;
}

class Player {
public:
    explicit Player(const PlayOptions &options)
        : options_(options), frame_(av_frame_alloc()), software_(av_frame_alloc()),
          packet_(av_packet_alloc())
    {}

    Result<Played> run(const std::string &file)
    {
        if (auto result = open(file); !result) {
            return tl::unexpected(result.error());
        }
        if (options_.from > 0) {
            seek();
        }
        while (!enough() && input_->read(*packet_).value_or(false)) {
            if (edited()) {
                send(packet_.get());
            }
            av_packet_unref(packet_.get());
        }
        if (!enough()) {
            send(nullptr);
        }
        return std::move(played_);
    }

private:
    Result<void> open(const std::string &file)
    {
        auto input = tools::Demuxer::open(file);
        if (!input) {
            return fail(EINVAL, file + ": " + input.error().what());
        }
        input_ = std::move(*input);
        const AVCodecID id = input_->stream().codecpar->codec_id;
        const AVCodec *codec =
            options_.device != nullptr ? tools::findVaDecoder(id) : avcodec_find_decoder(id);
        const int result = codec != nullptr ? openDecoder(*codec) : AVERROR_DECODER_NOT_FOUND;
        return result >= 0 ? Result<void>() : fail(EINVAL, file + ": " + tools::avError(result));
    }

    int openDecoder(const AVCodec &codec)
    {
        decoder_.reset(avcodec_alloc_context3(&codec));
        const int result = avcodec_parameters_to_context(decoder_.get(), input_->stream().codecpar);
        if (result < 0) {
            return result;
        }
        decoder_->thread_count = 1;
        decoder_->flags |= AV_CODEC_FLAG_UNALIGNED;
        decoder_->pkt_timebase = input_->stream().time_base;
        if (options_.device != nullptr) {
            decoder_->hw_device_ctx = av_buffer_ref(options_.device);
            decoder_->get_format = takeVaapiOnly;
            decoder_->hwaccel_flags |= AV_HWACCEL_FLAG_ALLOW_PROFILE_MISMATCH;
        }
        return avcodec_open2(decoder_.get(), &codec, nullptr);
    }

    /// To the key frame before, as players do; what comes from there on is decoded.
    void seek()
    {
        const AVStream &stream = input_->stream();
        AVFormatContext &input = input_->input();
        const int64_t length = av_rescale_q(input.duration, AV_TIME_BASE_Q, stream.time_base);
        const auto target = static_cast<int64_t>(static_cast<double>(length) * options_.from);
        if (av_seek_frame(&input, stream.index, target, AVSEEK_FLAG_BACKWARD) < 0) {
            ++played_.errors;
        }
        avcodec_flush_buffers(decoder_.get());
    }

    bool edited()
    {
        if (!options_.edit) {
            return true;
        }
        if (av_packet_make_writable(packet_.get()) < 0) {
            ++played_.errors;
            return false;
        }
        return options_.edit(*packet_, packets_++);
    }

    void send(const AVPacket *packet)
    {
        if (avcodec_send_packet(decoder_.get(), packet) < 0) {
            ++played_.errors;
        }
        int result = 0;
        while (!enough() && (result = avcodec_receive_frame(decoder_.get(), frame_.get())) == 0) {
            take();
            av_frame_unref(frame_.get());
        }
        if (result != 0 && result != AVERROR(EAGAIN) && result != AVERROR_EOF) {
            ++played_.errors;
        }
    }

    /// What the driver says about the picture.
    void sync(const AVFrame &frame)
    {
        const auto *frames = reinterpret_cast<const AVHWFramesContext *>(frame.hw_frames_ctx->data);
        const auto *device = static_cast<const AVVAAPIDeviceContext *>(frames->device_ctx->hwctx);
        const VASurfaceID surface = tools::surfaceOf(frame);
        const auto start = std::chrono::steady_clock::now();
        const bool failed =
            vaSyncSurface(device->display, surface) == VA_STATUS_ERROR_DECODING_ERROR;
        played_.wait = std::max(played_.wait, std::chrono::steady_clock::now() - start);
        played_.failed.push_back(failed);
        void *info = nullptr;
        if (failed &&
            vaQuerySurfaceError(device->display, surface, VA_STATUS_ERROR_DECODING_ERROR, &info) ==
                VA_STATUS_SUCCESS &&
            static_cast<const VASurfaceDecodeMBErrors *>(info)->status == 1) {
            ++played_.named;
        }
    }

    void take()
    {
        const AVFrame *frame = frame_.get();
        if (options_.device != nullptr) {
            if (frame->format == AV_PIX_FMT_VAAPI) {
                sync(*frame);
            }
            av_frame_unref(software_.get());
            // The crop of a hardware frame is the client's to apply.
            if (frame->format != AV_PIX_FMT_VAAPI ||
                av_hwframe_transfer_data(software_.get(), frame, 0) < 0) {
                ++played_.errors;
                return;
            }
            software_->width = frame->width;
            software_->height = frame->height;
            frame = software_.get();
        }
        played_.times.push_back(frame_->pts);
        played_.frames.push_back(options_.hash ? tools::md5Of(tools::packFrame(*frame).samples)
                                               : std::string());
    }

    [[nodiscard]] bool enough() const
    {
        return options_.maxFrames != 0 && played_.frames.size() >= options_.maxFrames;
    }

    PlayOptions options_;
    std::optional<tools::Demuxer> input_;
    tools::AvPtr<AVCodecContext> decoder_;
    tools::AvPtr<AVFrame> frame_;
    tools::AvPtr<AVFrame> software_;
    tools::AvPtr<AVPacket> packet_;
    unsigned packets_ = 0;
    Played played_;
};

} // namespace

Result<tools::AvPtr<AVBufferRef>> openDevice(const std::string &node)
{
    AVBufferRef *device = nullptr;
    const int result =
        av_hwdevice_ctx_create(&device, AV_HWDEVICE_TYPE_VAAPI, node.c_str(), nullptr, 0);
    if (result < 0) {
        return fail(EIO, node + ": " + tools::avError(result));
    }
    return tools::AvPtr<AVBufferRef>(device);
}

Result<Played> play(const std::string &file, const PlayOptions &options)
{
    return Player(options).run(file);
}

} // namespace daedalus::test
