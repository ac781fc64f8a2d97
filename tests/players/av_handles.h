// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/hwcontext.h>
#include <libavutil/md5.h>
}

namespace daedalus::test {

struct AvHandleDeleter {
    void operator()(AVPacket *packet) const { av_packet_free(&packet); }
    void operator()(AVFrame *frame) const { av_frame_free(&frame); }
    void operator()(AVCodecContext *context) const { avcodec_free_context(&context); }
    void operator()(AVFormatContext *context) const { avformat_close_input(&context); }
    void operator()(AVBufferRef *buffer) const { av_buffer_unref(&buffer); }
    void operator()(AVMD5 *md5) const { av_free(md5); }
};

template <typename T>
using AvHandle = std::unique_ptr<T, AvHandleDeleter>;

} // namespace daedalus::test
