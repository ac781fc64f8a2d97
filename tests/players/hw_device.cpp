// SPDX-License-Identifier: BSD-2-Clause
#include "tests/players/hw_device.h"

#include <array>

namespace daedalus::test {

std::string avErrorText(int code)
{
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(code, text.data(), text.size());
    return text.data();
}

Result<HwDevice> HwDevice::open(const std::string &node)
{
    AVBufferRef *device = nullptr;
    const int result =
        av_hwdevice_ctx_create(&device, AV_HWDEVICE_TYPE_VAAPI, node.c_str(), nullptr, 0);
    if (result < 0) {
        return fail(EIO, node + ": " + avErrorText(result));
    }
    return HwDevice(device);
}

} // namespace daedalus::test
