// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/image_formats.h"

#include <algorithm>

#include "va-driver/surface_formats.h"

namespace daedalus::va {

std::vector<ImageFormat> imageFormats(const Driver &driver)
{
    std::vector<ImageFormat> formats;
    const gbm::FormatInfo *i420 = nullptr;
    for (const gbm::FormatInfo *info : surfaceFormats(supportedRtFormats(driver))) {
        formats.push_back({info, info->va, false});
        i420 = info->va == VA_FOURCC_I420 ? info : i420;
    }
    if (i420 != nullptr) {
        formats.push_back({i420, VA_FOURCC_YV12, true});
    }
    return formats;
}

std::optional<ImageFormat> findImageFormat(const Driver &driver, uint32_t fourcc)
{
    const auto formats = imageFormats(driver);
    const auto it = std::ranges::find_if(
        formats, [=](const ImageFormat &format) { return format.fourcc == fourcc; });
    return it != formats.end() ? std::optional(*it) : std::nullopt;
}

VAImageFormat describeImageFormat(const ImageFormat &format)
{
    const gbm::FormatInfo &info = *format.info;
    const unsigned chroma = 16U >> (info.horizontalShift + info.verticalShift); // both, of 8 bits
    VAImageFormat description{};
    description.fourcc = format.fourcc;
    description.byte_order = VA_LSB_FIRST;
    description.bits_per_pixel = (8U + chroma) * info.bytesPerSample;
    return description;
}

} // namespace daedalus::va
