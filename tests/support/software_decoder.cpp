// SPDX-License-Identifier: BSD-2-Clause
#include "tests/support/software_decoder.h"

#include <cstring>

#include <gtest/gtest.h>

namespace daedalus::test {

namespace {

AvPtr<AVCodecContext> openDecoder(const Stream &stream)
{
    const AVCodec *codec = avcodec_find_decoder(static_cast<AVCodecID>(stream.codecId));
    if (codec == nullptr) {
        return nullptr;
    }
    AvPtr<AVCodecContext> decoder(avcodec_alloc_context3(codec));
    decoder->thread_count = 1;
    // Crop exactly; otherwise the left edge is moved to where vector code likes it.
    decoder->flags |= AV_CODEC_FLAG_UNALIGNED;
    // Reorder as deep as the level allows; without this the decoder guesses.
    decoder->strict_std_compliance = FF_COMPLIANCE_STRICT;
    decoder->log_level_offset = AV_LOG_DEBUG - AV_LOG_ERROR;
    if (avcodec_open2(decoder.get(), codec, nullptr) < 0) {
        return nullptr;
    }
    return decoder;
}

} // namespace

void decodeSoftware(const Stream &stream, const std::function<void(const AVFrame &)> &each)
{
    const auto decoder = openDecoder(stream);
    if (!decoder) {
        ADD_FAILURE() << "no software decoder for " << stream.name;
        return;
    }
    const AvPtr<AVFrame> frame(av_frame_alloc());
    const AvPtr<AVPacket> packet(av_packet_alloc());
    const auto receive = [&] {
        while (avcodec_receive_frame(decoder.get(), frame.get()) == 0) {
            each(*frame);
        }
    };
    for (const auto &data : stream.packets) {
        if (av_new_packet(packet.get(), static_cast<int>(data.size())) < 0) {
            ADD_FAILURE() << "out of memory";
            return;
        }
        std::memcpy(packet->data, data.data(), data.size());
        // A damaged packet is an error to libavcodec; it goes on with the next one.
        avcodec_send_packet(decoder.get(), packet.get());
        av_packet_unref(packet.get());
        receive();
    }
    avcodec_send_packet(decoder.get(), nullptr);
    receive();
}

} // namespace daedalus::test
