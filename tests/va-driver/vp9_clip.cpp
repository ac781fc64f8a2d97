// SPDX-License-Identifier: BSD-2-Clause
#include "tests/va-driver/vp9_clip.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
}

#include <cstring>
#include <memory>

namespace daedalus::va {

namespace {

struct Deleter {
    void operator()(AVCodecContext *context) const { avcodec_free_context(&context); }
    void operator()(AVFrame *frame) const { av_frame_free(&frame); }
    void operator()(AVPacket *packet) const { av_packet_free(&packet); }
};
using Context = std::unique_ptr<AVCodecContext, Deleter>;
using Frame = std::unique_ptr<AVFrame, Deleter>;
using Packet = std::unique_ptr<AVPacket, Deleter>;

AVPixelFormat formatOf(unsigned bitDepth)
{
    return bitDepth == 8    ? AV_PIX_FMT_YUV420P
           : bitDepth == 10 ? AV_PIX_FMT_YUV420P10
                            : AV_PIX_FMT_YUV420P12;
}

Frame drawFrame(uint32_t width, uint32_t height, unsigned number, unsigned seed, unsigned bitDepth)
{
    const unsigned bytes = bitDepth == 8 ? 1 : 2;
    Frame frame(av_frame_alloc());
    frame->format = formatOf(bitDepth);
    frame->width = static_cast<int>(width);
    frame->height = static_cast<int>(height);
    frame->pts = number;
    av_frame_get_buffer(frame.get(), 0);
    for (unsigned plane = 0; plane < 3; ++plane) {
        const uint32_t columns = plane == 0 ? width : (width + 1) / 2;
        const uint32_t rows = plane == 0 ? height : (height + 1) / 2;
        for (uint32_t y = 0; y < rows; ++y) {
            for (uint32_t x = 0; x < columns; ++x) {
                const unsigned value = (x + 3 * number) * (y + seed) / 8 + 40 * plane + seed;
                const auto sample = static_cast<uint16_t>(value & ((1U << bitDepth) - 1));
                std::memcpy(frame->data[plane] + y * static_cast<unsigned>(frame->linesize[plane]) +
                                x * bytes,
                            &sample, bytes);
            }
        }
    }
    return frame;
}

Context openEncoder(uint32_t width, uint32_t height, unsigned keyInterval, unsigned bitDepth)
{
    const AVCodec *codec = avcodec_find_encoder_by_name("libvpx-vp9");
    Context encoder(codec != nullptr ? avcodec_alloc_context3(codec) : nullptr);
    if (!encoder) {
        return nullptr;
    }
    encoder->width = static_cast<int>(width);
    encoder->height = static_cast<int>(height);
    encoder->pix_fmt = formatOf(bitDepth);
    encoder->profile = bitDepth == 8 ? FF_PROFILE_VP9_0 : FF_PROFILE_VP9_2;
    encoder->time_base = {1, 25};
    encoder->gop_size = static_cast<int>(keyInterval);
    encoder->keyint_min = static_cast<int>(keyInterval);
    encoder->bit_rate = 400000;
    // No frames ahead: no hidden frames, so that each packet is one shown frame.
    av_opt_set_int(encoder->priv_data, "lag-in-frames", 0, 0);
    av_opt_set_int(encoder->priv_data, "cpu-used", 8, 0);
    av_opt_set(encoder->priv_data, "deadline", "realtime", 0);
    return avcodec_open2(encoder.get(), codec, nullptr) == 0 ? std::move(encoder) : nullptr;
}

void drainEncoder(AVCodecContext &encoder, AVPacket &packet, Vp9Clip &clip)
{
    while (avcodec_receive_packet(&encoder, &packet) == 0) {
        clip.frames.emplace_back(packet.data, packet.data + packet.size);
        av_packet_unref(&packet);
    }
}

std::vector<uint8_t> tightPlanar(const AVFrame &frame)
{
    const int bytesPerSample = frame.format == AV_PIX_FMT_YUV420P ? 1 : 2;
    std::vector<uint8_t> bytes;
    for (unsigned plane = 0; plane < 3; ++plane) {
        const int columns = bytesPerSample * (plane == 0 ? frame.width : (frame.width + 1) / 2);
        const int rows = plane == 0 ? frame.height : (frame.height + 1) / 2;
        for (int y = 0; y < rows; ++y) {
            const uint8_t *row =
                frame.data[plane] + static_cast<ptrdiff_t>(y) * frame.linesize[plane];
            bytes.insert(bytes.end(), row, row + columns);
        }
    }
    return bytes;
}

void decode(Vp9Clip &clip)
{
    const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_VP9);
    const Context decoder(avcodec_alloc_context3(codec));
    const Frame frame(av_frame_alloc());
    const Packet packet(av_packet_alloc());
    if (avcodec_open2(decoder.get(), codec, nullptr) != 0) {
        return;
    }
    for (const auto &coded : clip.frames) {
        av_new_packet(packet.get(), static_cast<int>(coded.size()));
        std::copy(coded.begin(), coded.end(), packet->data);
        avcodec_send_packet(decoder.get(), packet.get());
        av_packet_unref(packet.get());
        while (avcodec_receive_frame(decoder.get(), frame.get()) == 0) {
            clip.pictures.push_back(tightPlanar(*frame));
        }
    }
    avcodec_send_packet(decoder.get(), nullptr);
    while (avcodec_receive_frame(decoder.get(), frame.get()) == 0) {
        clip.pictures.push_back(tightPlanar(*frame));
    }
}

} // namespace

Vp9Clip Vp9Clip::make(uint32_t width, uint32_t height, unsigned frames, unsigned keyInterval,
                      unsigned seed, unsigned bitDepth)
{
    Vp9Clip clip;
    clip.width = width;
    clip.height = height;
    av_log_set_level(AV_LOG_ERROR);
    const Context encoder = openEncoder(width, height, keyInterval, bitDepth);
    const Packet packet(av_packet_alloc());
    if (!encoder) {
        return clip;
    }
    for (unsigned number = 0; number < frames; ++number) {
        const Frame frame = drawFrame(width, height, number, seed, bitDepth);
        avcodec_send_frame(encoder.get(), frame.get());
        drainEncoder(*encoder, *packet, clip);
    }
    avcodec_send_frame(encoder.get(), nullptr);
    drainEncoder(*encoder, *packet, clip);
    decode(clip);
    return clip;
}

} // namespace daedalus::va
