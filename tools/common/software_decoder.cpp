// SPDX-License-Identifier: BSD-2-Clause
#include "tools/common/software_decoder.h"

#include <cerrno>

namespace daedalus::tools {

Result<SoftwareDecoder>
SoftwareDecoder::open(AVCodecID codec, const std::function<void(AVCodecContext &)> &configure)
{
    const AVCodec *decoder = ::avcodec_find_decoder(codec);
    AvPtr<AVCodecContext> context(decoder != nullptr ? ::avcodec_alloc_context3(decoder) : nullptr);
    if (!context) {
        return fail(ENOTSUP, "libavcodec has no decoder for it");
    }
    context->thread_count = 1;
    // Crop exactly; otherwise the left edge is moved to where vector code likes it.
    context->flags |= AV_CODEC_FLAG_UNALIGNED;
    configure(*context);
    if (const int code = ::avcodec_open2(context.get(), decoder, nullptr); code < 0) {
        return fail(EIO, avError(code));
    }
    return SoftwareDecoder(std::move(context));
}

bool SoftwareDecoder::send(const AVPacket *packet, const Sink &each)
{
    (void)::avcodec_send_packet(context_.get(), packet);
    while (::avcodec_receive_frame(context_.get(), frame_.get()) == 0) {
        if (!each(*frame_)) {
            return false;
        }
    }
    return true;
}

} // namespace daedalus::tools
