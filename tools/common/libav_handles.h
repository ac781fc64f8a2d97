// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>
#include <string>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
}

namespace daedalus::tools {

/// Frees what libav allocated.
struct AvDeleter {
    void operator()(AVFormatContext *input) const { ::avformat_close_input(&input); }
    void operator()(AVCodecContext *context) const { ::avcodec_free_context(&context); }
    void operator()(AVCodecParameters *parameters) const { ::avcodec_parameters_free(&parameters); }
    void operator()(AVBSFContext *filter) const { ::av_bsf_free(&filter); }
    void operator()(AVFrame *frame) const { ::av_frame_free(&frame); }
    void operator()(AVPacket *packet) const { ::av_packet_free(&packet); }
    void operator()(AVBufferRef *buffer) const { ::av_buffer_unref(&buffer); }
};

template <typename T>
using AvPtr = std::unique_ptr<T, AvDeleter>;

/// What an error code of libav means.
inline std::string avError(int code)
{
    char text[AV_ERROR_MAX_STRING_SIZE] = {};
    ::av_strerror(code, text, sizeof(text));
    return text;
}

} // namespace daedalus::tools
