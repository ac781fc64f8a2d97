// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
}

namespace daedalus::test {

struct AvDeleter {
    void operator()(AVPacket *packet) const { av_packet_free(&packet); }
    void operator()(AVFrame *frame) const { av_frame_free(&frame); }
    void operator()(AVCodecContext *context) const { avcodec_free_context(&context); }
    void operator()(AVFormatContext *context) const { avformat_close_input(&context); }
    void operator()(AVBSFContext *context) const { av_bsf_free(&context); }
};

template <typename T>
using AvPtr = std::unique_ptr<T, AvDeleter>;

} // namespace daedalus::test
