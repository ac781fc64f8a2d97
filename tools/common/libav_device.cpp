// SPDX-License-Identifier: BSD-2-Clause
#include "tools/common/libav_device.h"

#include <cerrno>

extern "C" {
#include <libavutil/hwcontext.h>
#include <libavutil/hwcontext_vaapi.h>
}

namespace daedalus::tools {

Result<BufferPtr> wrapDisplay(VADisplay display)
{
    BufferPtr device(::av_hwdevice_ctx_alloc(AV_HWDEVICE_TYPE_VAAPI));
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

} // namespace daedalus::tools
