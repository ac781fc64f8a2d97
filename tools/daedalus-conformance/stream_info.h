// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>
#include <string>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include "daedalus/result.h"

namespace daedalus::conformance {

struct AvDeleter {
    void operator()(AVPacket *packet) const { av_packet_free(&packet); }
    void operator()(AVFrame *frame) const { av_frame_free(&frame); }
    void operator()(AVCodecContext *context) const { avcodec_free_context(&context); }
    void operator()(AVFormatContext *context) const { avformat_close_input(&context); }
};

template <typename T>
using AvPtr = std::unique_ptr<T, AvDeleter>;

/// What a container says about its video.
struct StreamInfo {
    std::string codec;  ///< h264, hevc, vp8, vp9, av1 or mpeg2
    std::string format; ///< libavutil's name of the pixel format
    int profile = 0;    ///< FF_PROFILE_*
    unsigned depth = 8; ///< bits of a sample
    bool is420 = false; ///< planar 4:2:0, or grey, of 8 or 10 bits

    /// The VA-API profile that it takes, or nothing if VA-API (as far as we go) has none.
    [[nodiscard]] std::string vaProfile() const;
    /// Whether only the client's leave to take another profile gets it decoded: Baseline,
    /// nearly all streams of which are Constrained Baseline but do not say so.
    [[nodiscard]] bool needsMismatch() const;
};

/// An open container and its first video stream.
struct OpenStream {
    AvPtr<AVFormatContext> input;
    int index = -1;

    [[nodiscard]] const AVStream &stream() const { return *input->streams[index]; }
};

/// @return an Error (ENOTSUP) if there is no video in it or it is of no codec of ours
Result<OpenStream> openStream(const std::string &file);
Result<StreamInfo> probeStream(const std::string &file);

/// What libavutil says about an error code.
std::string avError(int code);

} // namespace daedalus::conformance
