// SPDX-License-Identifier: BSD-2-Clause
#include "tools/common/va_decoding.h"

#include <cerrno>

extern "C" {
#include <libavutil/hwcontext.h>
#include <libavutil/hwcontext_vaapi.h>
}

namespace daedalus::tools {
namespace {

bool usesVaapi(const AVCodec &codec)
{
    for (int i = 0;; ++i) {
        const AVCodecHWConfig *config = ::avcodec_get_hw_config(&codec, i);
        if (config == nullptr) {
            return false;
        }
        if (config->pix_fmt == AV_PIX_FMT_VAAPI &&
            (config->methods & AV_CODEC_HW_CONFIG_METHOD_HW_FRAMES_CTX) != 0) {
            return true;
        }
    }
}

} // namespace

Result<AvPtr<AVBufferRef>> wrapDisplay(VADisplay display)
{
    AvPtr<AVBufferRef> device(::av_hwdevice_ctx_alloc(AV_HWDEVICE_TYPE_VAAPI));
    if (!device) {
        return fail(ENOMEM, "no memory for a VA-API device");
    }
    auto *context = reinterpret_cast<AVHWDeviceContext *>(device->data);
    static_cast<AVVAAPIDeviceContext *>(context->hwctx)->display = display;
    if (const int code = ::av_hwdevice_ctx_init(device.get()); code < 0) {
        return fail(EIO, "VA-API: " + avError(code));
    }
    return device;
}

const AVCodec *findVaDecoder(AVCodecID id)
{
    void *state = nullptr;
    while (const AVCodec *codec = ::av_codec_iterate(&state)) {
        if (codec->id == id && ::av_codec_is_decoder(codec) != 0 && usesVaapi(*codec)) {
            return codec;
        }
    }
    return nullptr;
}

bool offersSurfaces(const AVPixelFormat *offered)
{
    while (*offered != AV_PIX_FMT_NONE && *offered != AV_PIX_FMT_VAAPI) {
        ++offered;
    }
    return *offered == AV_PIX_FMT_VAAPI;
}

VASurfaceID surfaceOf(const AVFrame &frame)
{
    // libavcodec's convention: the "data" is the handle.
    return static_cast<VASurfaceID>(reinterpret_cast<uintptr_t>(frame.data[3]));
}

} // namespace daedalus::tools
