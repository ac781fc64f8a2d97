// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

extern "C" {
#include <libavcodec/avcodec.h>
}

#include "daedalus/result.h"

namespace daedalus::bench {

/// Frees what libav allocated.
struct AvFree {
    void operator()(AVCodecContext *context) const { avcodec_free_context(&context); }
    void operator()(AVCodecParameters *parameters) const { avcodec_parameters_free(&parameters); }
    void operator()(AVPacket *packet) const { av_packet_free(&packet); }
    void operator()(AVFrame *frame) const { av_frame_free(&frame); }
    void operator()(AVBufferRef *buffer) const { av_buffer_unref(&buffer); }
};
template <typename T>
using AvPointer = std::unique_ptr<T, AvFree>;

/// The video of a file, all of it in memory, so that reading costs nothing while it is
/// decoded.
struct Film {
    std::string name; ///< of the file, without folder and ending
    AvPointer<AVCodecParameters> parameters;
    std::vector<AvPointer<AVPacket>> packets; ///< as they are in the container

    [[nodiscard]] int width() const { return parameters->width; }
    [[nodiscard]] int height() const { return parameters->height; }
    [[nodiscard]] bool tenBits() const { return parameters->format == AV_PIX_FMT_YUV420P10; }

    /// @returns EINVAL: no video in the file; or why it cannot be read
    static Result<Film> load(const std::string &path);
};

/// What libav says about one of its error codes.
std::string avErrorText(int code);

} // namespace daedalus::bench
