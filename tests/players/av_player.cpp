// SPDX-License-Identifier: BSD-2-Clause
#include "tests/players/av_player.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

extern "C" {
#include <libavutil/hwcontext_vaapi.h>
#include <libavutil/md5.h>
#include <libavutil/mem.h>
#include <libavutil/pixdesc.h>
}

#include "tests/players/hw_device.h"

namespace daedalus::test {

namespace {

constexpr int kMd5Size = 16;

AVPixelFormat takeVaapiOnly(AVCodecContext * /*decoder*/, const AVPixelFormat *offered)
{
    for (; *offered != AV_PIX_FMT_NONE; ++offered) {
        if (*offered == AV_PIX_FMT_VAAPI) {
            return AV_PIX_FMT_VAAPI;
        }
    }
    return AV_PIX_FMT_NONE;
}

/// The hash is of planar samples, so that NV12 and I420 give the same one.
class FrameHash {
public:
    FrameHash() : md5_(av_md5_alloc()) { av_md5_init(md5_.get()); }

    void add(const AVFrame &frame, const AVComponentDescriptor &component, int width, int height)
    {
        const int bytes = component.depth > 8 ? 2 : 1;
        std::vector<uint8_t> row(static_cast<size_t>(width) * static_cast<size_t>(bytes));
        for (int y = 0; y < height; ++y) {
            const uint8_t *in = frame.data[component.plane] +
                                static_cast<ptrdiff_t>(y) * frame.linesize[component.plane] +
                                component.offset;
            for (int x = 0; x < width; ++x, in += component.step) {
                store(row.data() + static_cast<ptrdiff_t>(x) * bytes, in, component, bytes);
            }
            av_md5_update(md5_.get(), row.data(), row.size());
        }
    }

    std::string finish()
    {
        static constexpr std::string_view kDigits = "0123456789abcdef";
        std::array<uint8_t, kMd5Size> digest{};
        av_md5_final(md5_.get(), digest.data());
        std::string text;
        for (const uint8_t byte : digest) {
            text += kDigits[byte >> 4];
            text += kDigits[byte & 15];
        }
        return text;
    }

private:
    static void store(uint8_t *out, const uint8_t *in, const AVComponentDescriptor &component,
                      int bytes)
    {
        if (bytes == 1) {
            *out = *in;
            return;
        }
        const unsigned value = (in[0] | static_cast<unsigned>(in[1]) << 8) >> component.shift;
        out[0] = static_cast<uint8_t>(value);
        out[1] = static_cast<uint8_t>(value >> 8);
    }

    AvHandle<AVMD5> md5_;
};

std::string hashOf(const AVFrame &frame)
{
    const AVPixFmtDescriptor *format =
        av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
    if (format == nullptr) {
        return "?";
    }
    FrameHash hash;
    for (int i = 0; i < format->nb_components; ++i) {
        const int shiftX = i == 0 ? 0 : format->log2_chroma_w;
        const int shiftY = i == 0 ? 0 : format->log2_chroma_h;
        hash.add(frame, format->comp[i], AV_CEIL_RSHIFT(frame.width, shiftX),
                 AV_CEIL_RSHIFT(frame.height, shiftY));
    }
    return hash.finish();
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
        while (!enough() && av_read_frame(input_.get(), packet_.get()) >= 0) {
            if (packet_->stream_index == stream_ && edited()) {
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
        AVFormatContext *input = nullptr;
        int result = avformat_open_input(&input, file.c_str(), nullptr, nullptr);
        input_.reset(input);
        if (result >= 0) {
            result = avformat_find_stream_info(input_.get(), nullptr);
        }
        const AVCodec *codec = nullptr;
        if (result >= 0) {
            result = av_find_best_stream(input_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
            stream_ = result;
        }
        if (result >= 0) {
            codec = decoderFor(input_->streams[stream_]->codecpar->codec_id);
            result = codec == nullptr ? AVERROR_DECODER_NOT_FOUND : 0;
        }
        if (result >= 0) {
            result = openDecoder(*codec);
        }
        return result >= 0 ? Result<void>() : fail(EINVAL, file + ": " + avErrorText(result));
    }

    /// AV1 has a decoder of libavcodec's own that knows hardware only, and others that know
    /// software only.
    [[nodiscard]] const AVCodec *decoderFor(AVCodecID id) const
    {
        const bool native = id == AV_CODEC_ID_AV1 && options_.device != nullptr;
        return native ? avcodec_find_decoder_by_name("av1") : avcodec_find_decoder(id);
    }

    int openDecoder(const AVCodec &codec)
    {
        decoder_.reset(avcodec_alloc_context3(&codec));
        const int result =
            avcodec_parameters_to_context(decoder_.get(), input_->streams[stream_]->codecpar);
        if (result < 0) {
            return result;
        }
        decoder_->thread_count = 1;
        decoder_->flags |= AV_CODEC_FLAG_UNALIGNED;
        decoder_->pkt_timebase = input_->streams[stream_]->time_base;
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
        const AVStream &stream = *input_->streams[stream_];
        const int64_t length = av_rescale_q(input_->duration, AV_TIME_BASE_Q, stream.time_base);
        const auto target = static_cast<int64_t>(static_cast<double>(length) * options_.from);
        if (av_seek_frame(input_.get(), stream_, target, AVSEEK_FLAG_BACKWARD) < 0) {
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
        const auto surface = static_cast<VASurfaceID>(reinterpret_cast<uintptr_t>(frame.data[3]));
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
        played_.frames.push_back(options_.hash ? hashOf(*frame) : std::string());
    }

    [[nodiscard]] bool enough() const
    {
        return options_.maxFrames != 0 && played_.frames.size() >= options_.maxFrames;
    }

    PlayOptions options_;
    AvHandle<AVFormatContext> input_;
    AvHandle<AVCodecContext> decoder_;
    AvHandle<AVFrame> frame_;
    AvHandle<AVFrame> software_;
    AvHandle<AVPacket> packet_;
    int stream_ = -1;
    unsigned packets_ = 0;
    Played played_;
};

} // namespace

Result<Played> play(const std::string &file, const PlayOptions &options)
{
    return Player(options).run(file);
}

} // namespace daedalus::test
