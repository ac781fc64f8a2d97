// SPDX-License-Identifier: BSD-2-Clause
#include "frame_list.h"

#include <array>
#include <cstring>

#include <gtest/gtest.h>

#include "libav_handles.h"

extern "C" {
#include <libavutil/md5.h>
}

namespace daedalus::test {
namespace {

void appendPlane(std::vector<uint8_t> &bytes, const uint8_t *data, uint32_t stride, uint32_t step,
                 uint32_t width, uint32_t height)
{
    for (uint32_t y = 0; y < height; ++y) {
        for (uint32_t x = 0; x < width; ++x) {
            bytes.push_back(data[size_t{y} * stride + size_t{x} * step]);
        }
    }
}

void receive(AVCodecContext &decoder, AVFrame &frame, std::vector<std::string> &frames)
{
    while (avcodec_receive_frame(&decoder, &frame) == 0) {
        EXPECT_EQ(frame.format, AV_PIX_FMT_YUV420P);
        frames.push_back(describe({.y = frame.data[0],
                                   .u = frame.data[1],
                                   .v = frame.data[2],
                                   .lumaStride = static_cast<uint32_t>(frame.linesize[0]),
                                   .chromaStride = static_cast<uint32_t>(frame.linesize[1]),
                                   .width = static_cast<uint32_t>(frame.width),
                                   .height = static_cast<uint32_t>(frame.height)}));
    }
}

} // namespace

std::string describe(const PlanarView &view)
{
    const uint32_t chromaWidth = (view.width + 1) / 2;
    const uint32_t chromaHeight = (view.height + 1) / 2;
    std::vector<uint8_t> bytes;
    bytes.reserve(size_t{view.width} * view.height * 2);
    appendPlane(bytes, view.y, view.lumaStride, 1, view.width, view.height);
    appendPlane(bytes, view.u, view.chromaStride, view.chromaStep, chromaWidth, chromaHeight);
    appendPlane(bytes, view.v, view.chromaStride, view.chromaStep, chromaWidth, chromaHeight);
    std::array<uint8_t, 16> sum{};
    av_md5_sum(sum.data(), bytes.data(), bytes.size());
    std::string text = std::to_string(view.width) + "x" + std::to_string(view.height) + " ";
    for (const uint8_t byte : sum) {
        static constexpr char kDigits[] = "0123456789abcdef";
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

std::vector<std::string> decodeAlone(const Stream &stream)
{
    std::vector<std::string> frames;
    const AVCodec *codec = avcodec_find_decoder(static_cast<AVCodecID>(stream.codecId));
    if (codec == nullptr) {
        ADD_FAILURE() << "no decoder for " << stream.name;
        return frames;
    }
    const AvPtr<AVCodecContext> decoder(avcodec_alloc_context3(codec));
    decoder->thread_count = 1;
    // Crop exactly; otherwise the left edge is moved to where vector code likes it.
    decoder->flags |= AV_CODEC_FLAG_UNALIGNED;
    // Reorder as deep as the level allows; without this the decoder guesses.
    decoder->strict_std_compliance = FF_COMPLIANCE_STRICT;
    decoder->log_level_offset = AV_LOG_DEBUG - AV_LOG_ERROR;
    const AvPtr<AVFrame> frame(av_frame_alloc());
    const AvPtr<AVPacket> packet(av_packet_alloc());
    if (avcodec_open2(decoder.get(), codec, nullptr) < 0) {
        ADD_FAILURE() << "cannot open the decoder for " << stream.name;
        return frames;
    }
    for (const auto &data : stream.packets) {
        if (av_new_packet(packet.get(), static_cast<int>(data.size())) < 0) {
            ADD_FAILURE() << "out of memory";
            return frames;
        }
        std::memcpy(packet->data, data.data(), data.size());
        // A damaged packet is an error to libavcodec; it goes on with the next one.
        avcodec_send_packet(decoder.get(), packet.get());
        av_packet_unref(packet.get());
        receive(*decoder, *frame, frames);
    }
    avcodec_send_packet(decoder.get(), nullptr);
    receive(*decoder, *frame, frames);
    return frames;
}

} // namespace daedalus::test
