// SPDX-License-Identifier: BSD-2-Clause
#include <va/va_drmcommon.h>

#include <algorithm>

#include "va-driver/entry_points.h"
#include "va-driver/surface_formats.h"

namespace daedalus::va {

uint32_t supportedRtFormats(const Driver &driver)
{
    uint32_t formats = 0;
    for (const CodecInfo &codec : codecTable()) {
        formats |= driver.backend().supports(codec) ? codec.rtFormats : 0;
    }
    return formats;
}

std::vector<const gbm::FormatInfo *> surfaceFormats(uint32_t rtFormats)
{
    std::vector<const gbm::FormatInfo *> formats;
    for (const gbm::FormatInfo &format : gbm::FormatInfo::all()) {
        if ((format.vaRtFormat & rtFormats) != 0) {
            formats.push_back(&format);
        }
    }
    return formats;
}

std::vector<const gbm::FormatInfo *> offeredFormats(const Driver &driver, uint32_t rtFormats)
{
    auto formats = surfaceFormats(rtFormats);
    const auto wanted = std::ranges::find_if(formats, [&](const gbm::FormatInfo *format) {
        return format->va == driver.settings.surfaceFormat;
    });
    const gbm::FormatInfo *only = wanted != formats.end() ? *wanted : nullptr;
    std::erase_if(formats, [only](const gbm::FormatInfo *format) {
        if (only != nullptr && format->vaRtFormat == only->vaRtFormat) {
            return format != only; // formats of another bit depth are another matter
        }
        // FFmpeg, up to 7.1 at least, takes I010 for ten bits where it is offered and then
        // cannot make surfaces of it: its decoders know the format, its surface pools do not.
        return format->va == VA_FOURCC_I010;
    });
    return formats;
}

namespace {

VASurfaceAttrib integerAttribute(VASurfaceAttribType type, uint32_t flags, uint32_t value)
{
    VASurfaceAttrib attribute{};
    attribute.type = type;
    attribute.flags = flags;
    attribute.value.type = VAGenericValueTypeInteger;
    attribute.value.value.i = static_cast<int32_t>(value);
    return attribute;
}

std::vector<VASurfaceAttrib> listAttributes(const Driver &driver, const Config &config)
{
    constexpr uint32_t kReadWrite = VA_SURFACE_ATTRIB_GETTABLE | VA_SURFACE_ATTRIB_SETTABLE;
    std::vector<VASurfaceAttrib> list;
    for (const gbm::FormatInfo *format : offeredFormats(driver, config.rtFormat)) {
        list.push_back(integerAttribute(VASurfaceAttribPixelFormat, kReadWrite, format->va));
    }
    // VP9 profile 2 has ten bits or twelve, which are not decoded; VA has one profile for both,
    // and nothing else tells before the first picture, too late for clients to change over to
    // software. FFmpeg (since 6.0) takes the format nearest to the stream's: for twelve bits
    // this one, of which vaCreateSurfaces makes none.
    if (config.codec->profile == VAProfileVP9Profile2) {
        list.push_back(integerAttribute(VASurfaceAttribPixelFormat, VA_SURFACE_ATTRIB_GETTABLE,
                                        VA_FOURCC_P012));
    }
    list.push_back(integerAttribute(VASurfaceAttribMinWidth, VA_SURFACE_ATTRIB_GETTABLE, 1));
    list.push_back(integerAttribute(VASurfaceAttribMinHeight, VA_SURFACE_ATTRIB_GETTABLE, 1));
    list.push_back(
        integerAttribute(VASurfaceAttribMaxWidth, VA_SURFACE_ATTRIB_GETTABLE, kMaxPictureSize));
    list.push_back(
        integerAttribute(VASurfaceAttribMaxHeight, VA_SURFACE_ATTRIB_GETTABLE, kMaxPictureSize));
    list.push_back(integerAttribute(VASurfaceAttribMemoryType, kReadWrite,
                                    VA_SURFACE_ATTRIB_MEM_TYPE_VA |
                                        VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME |
                                        VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2));
    VASurfaceAttrib descriptor{};
    descriptor.type = VASurfaceAttribExternalBufferDescriptor;
    descriptor.flags = VA_SURFACE_ATTRIB_SETTABLE;
    descriptor.value.type = VAGenericValueTypePointer;
    list.push_back(descriptor);
    return list;
}

} // namespace

VAStatus querySurfaceAttributes(Driver &driver, VAConfigID configId, VASurfaceAttrib *attributes,
                                unsigned int *count)
{
    const auto config = driver.configs.find(configId);
    if (!config) {
        return VA_STATUS_ERROR_INVALID_CONFIG;
    }
    if (count == nullptr) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    const auto list = listAttributes(driver, *config);
    const auto capacity = *count;
    *count = static_cast<unsigned int>(list.size());
    if (attributes == nullptr) {
        return VA_STATUS_SUCCESS;
    }
    if (capacity < list.size()) {
        return VA_STATUS_ERROR_MAX_NUM_EXCEEDED;
    }
    std::ranges::copy(list, attributes);
    return VA_STATUS_SUCCESS;
}

} // namespace daedalus::va
