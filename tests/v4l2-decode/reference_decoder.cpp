// SPDX-License-Identifier: BSD-2-Clause
#include "reference_decoder.h"

#include <cstring>

#include <gtest/gtest.h>

#include "libav_handles.h"

namespace daedalus::test {

namespace {

void receive(AVCodecContext &decoder, AVFrame &frame, std::vector<ReferenceFrame> &frames)
{
    while (avcodec_receive_frame(&decoder, &frame) == 0) {
        frames.push_back({.codedNumber = frame.coded_picture_number,
                          .width = frame.width,
                          .height = frame.height,
                          .intra = frame.pict_type == AV_PICTURE_TYPE_I,
                          .bidirectional = frame.pict_type == AV_PICTURE_TYPE_B});
    }
}

} // namespace

std::vector<ReferenceFrame> decodeReference(const Stream &stream)
{
    std::vector<ReferenceFrame> frames;
    const AVCodec *codec = nullptr;
    switch (stream.codecId) {
    case AV_CODEC_ID_H264:
        codec = avcodec_find_decoder_by_name("h264");
        break;
    case AV_CODEC_ID_VP9:
        codec = avcodec_find_decoder_by_name("vp9");
        break;
    default:
        break;
    }
    if (codec == nullptr) {
        ADD_FAILURE() << "no reference decoder for " << stream.name;
        return frames;
    }
    const AvPtr<AVCodecContext> decoder(avcodec_alloc_context3(codec));
    decoder->thread_count = 1;
    // Crop exactly; otherwise the left edge is moved to where vector code likes it.
    decoder->flags |= AV_CODEC_FLAG_UNALIGNED;
    // Reorder as deep as the level allows; without this the decoder guesses.
    decoder->strict_std_compliance = FF_COMPLIANCE_STRICT;
    const AvPtr<AVFrame> frame(av_frame_alloc());
    const AvPtr<AVPacket> packet(av_packet_alloc());
    if (avcodec_open2(decoder.get(), codec, nullptr) < 0) {
        ADD_FAILURE() << "cannot open the reference decoder";
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
