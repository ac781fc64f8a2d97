// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>
#include <string>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/buffer.h>
#include <libavutil/frame.h>
}

namespace daedalus::tools {

struct AvDeleter {
    void operator()(AVFormatContext *input) const { ::avformat_close_input(&input); }
    void operator()(AVCodecContext *decoder) const { ::avcodec_free_context(&decoder); }
    void operator()(AVFrame *frame) const { ::av_frame_free(&frame); }
    void operator()(AVPacket *packet) const { ::av_packet_free(&packet); }
    void operator()(AVBufferRef *buffer) const { ::av_buffer_unref(&buffer); }
};

using InputPtr = std::unique_ptr<AVFormatContext, AvDeleter>;
using DecoderPtr = std::unique_ptr<AVCodecContext, AvDeleter>;
using FramePtr = std::unique_ptr<AVFrame, AvDeleter>;
using PacketPtr = std::unique_ptr<AVPacket, AvDeleter>;
using BufferPtr = std::unique_ptr<AVBufferRef, AvDeleter>;

/// What an error code of libav means.
inline std::string avError(int code)
{
    char text[AV_ERROR_MAX_STRING_SIZE] = {};
    ::av_strerror(code, text, sizeof(text));
    return text;
}

} // namespace daedalus::tools
