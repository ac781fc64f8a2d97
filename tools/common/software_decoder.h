// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <functional>

#include "daedalus/result.h"
#include "tools/common/libav_handles.h"

namespace daedalus::tools {

/// libavcodec (AV1: libdav1d through it) alone, in one thread: what all else is compared with.
class SoftwareDecoder {
public:
    /// Takes a frame; false ends decoding.
    using Sink = std::function<bool(const AVFrame &)>;

    /// @param configure sets up the context further before it is opened
    static Result<SoftwareDecoder> open(AVCodecID codec,
                                        const std::function<void(AVCodecContext &)> &configure);

    /// Decodes a packet, and at the end, with null, what is left. Errors are the stream's: a
    /// damaged packet is passed over, as players do.
    /// @param each called for each frame that is there, in output order
    /// @return false when @p each wants no more
    bool send(const AVPacket *packet, const Sink &each);

private:
    explicit SoftwareDecoder(AvPtr<AVCodecContext> context)
        : context_(std::move(context)), frame_(::av_frame_alloc())
    {}

    AvPtr<AVCodecContext> context_;
    AvPtr<AVFrame> frame_;
};

} // namespace daedalus::tools
