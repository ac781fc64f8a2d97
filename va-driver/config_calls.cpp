// SPDX-License-Identifier: BSD-2-Clause
#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include <va/va_str.h>

#include "va-driver/entry_points.h"

namespace daedalus::va {

namespace {

/// The codec of a profile that the backend decodes; null if it does not.
const CodecInfo *usableCodec(const Driver &driver, VAProfile profile)
{
    const CodecInfo *codec = findCodec(profile);
    return codec != nullptr && driver.backend().supports(*codec) ? codec : nullptr;
}

/// Whether the libva of this process has a name for the profile: clients use no other
/// profiles, and some print the names of all.
bool knownToLibva(VAProfile profile)
{
    return std::string_view(vaProfileStr(profile)).starts_with("VAProfile");
}

constexpr std::array kAttributeTypes{VAConfigAttribRTFormat, VAConfigAttribDecSliceMode,
                                     VAConfigAttribMaxPictureWidth, VAConfigAttribMaxPictureHeight};

uint32_t attributeValue(const CodecInfo &codec, VAConfigAttribType type)
{
    switch (type) {
    case VAConfigAttribRTFormat:
        return codec.rtFormats;
    case VAConfigAttribDecSliceMode:
        return VA_DEC_SLICE_MODE_NORMAL;
    case VAConfigAttribMaxPictureWidth:
    case VAConfigAttribMaxPictureHeight:
        return kMaxPictureSize;
    default:
        return VA_ATTRIB_NOT_SUPPORTED;
    }
}

/// Applies what a client asks for to a config. Sizes only inform, and a value of
/// VA_ATTRIB_NOT_SUPPORTED asks for nothing.
VAStatus applyAttribute(const VAConfigAttrib &attribute, Config &config)
{
    if (attribute.value == VA_ATTRIB_NOT_SUPPORTED) {
        return VA_STATUS_SUCCESS;
    }
    switch (attribute.type) {
    case VAConfigAttribRTFormat:
        config.rtFormat = attribute.value & config.codec->rtFormats;
        return config.rtFormat != 0 ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT;
    case VAConfigAttribDecSliceMode:
        return attribute.value == VA_DEC_SLICE_MODE_NORMAL ? VA_STATUS_SUCCESS
                                                           : VA_STATUS_ERROR_INVALID_VALUE;
    case VAConfigAttribMaxPictureWidth:
    case VAConfigAttribMaxPictureHeight:
        return VA_STATUS_SUCCESS;
    default:
        return VA_STATUS_ERROR_ATTR_NOT_SUPPORTED;
    }
}

VAStatus checkSupport(const Driver &driver, VAProfile profile, VAEntrypoint entrypoint)
{
    if (usableCodec(driver, profile) == nullptr) {
        return VA_STATUS_ERROR_UNSUPPORTED_PROFILE;
    }
    return entrypoint == VAEntrypointVLD ? VA_STATUS_SUCCESS
                                         : VA_STATUS_ERROR_UNSUPPORTED_ENTRYPOINT;
}

} // namespace

VAStatus queryConfigProfiles(Driver &driver, VAProfile *list, int *count)
{
    if (list == nullptr || count == nullptr) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    *count = 0;
    for (const CodecInfo &codec : codecTable()) {
        if (driver.backend().supports(codec) && knownToLibva(codec.profile)) {
            list[(*count)++] = codec.profile;
        }
    }
    return VA_STATUS_SUCCESS;
}

VAStatus queryConfigEntrypoints(Driver &driver, VAProfile profile, VAEntrypoint *list, int *count)
{
    if (list == nullptr || count == nullptr) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    *count = 0;
    if (usableCodec(driver, profile) == nullptr) {
        return VA_STATUS_ERROR_UNSUPPORTED_PROFILE;
    }
    list[(*count)++] = VAEntrypointVLD;
    return VA_STATUS_SUCCESS;
}

VAStatus getConfigAttributes(Driver &driver, VAProfile profile, VAEntrypoint entrypoint,
                             VAConfigAttrib *attributes, int count)
{
    if (const VAStatus status = checkSupport(driver, profile, entrypoint);
        status != VA_STATUS_SUCCESS) {
        return status;
    }
    if (count < 0 || (attributes == nullptr && count > 0)) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    for (VAConfigAttrib &attribute : std::span(attributes, static_cast<size_t>(count))) {
        attribute.value = attributeValue(*findCodec(profile), attribute.type);
    }
    return VA_STATUS_SUCCESS;
}

VAStatus createConfig(Driver &driver, VAProfile profile, VAEntrypoint entrypoint,
                      VAConfigAttrib *attributes, int count, VAConfigID *id)
{
    if (id == nullptr || count < 0 || (attributes == nullptr && count > 0)) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    if (const VAStatus status = checkSupport(driver, profile, entrypoint);
        status != VA_STATUS_SUCCESS) {
        return status;
    }
    auto config = std::make_shared<Config>();
    config->codec = findCodec(profile);
    config->entrypoint = entrypoint;
    config->rtFormat = config->codec->rtFormats;
    for (const VAConfigAttrib &attribute : std::span(attributes, static_cast<size_t>(count))) {
        if (const VAStatus status = applyAttribute(attribute, *config);
            status != VA_STATUS_SUCCESS) {
            return status;
        }
    }
    const auto inserted = driver.configs.insert(std::move(config));
    *id = inserted.value_or(VA_INVALID_ID);
    return inserted ? VA_STATUS_SUCCESS : inserted.error();
}

VAStatus destroyConfig(Driver &driver, VAConfigID id)
{
    return driver.configs.remove(id) ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_INVALID_CONFIG;
}

VAStatus queryConfigAttributes(Driver &driver, VAConfigID id, VAProfile *profile,
                               VAEntrypoint *entrypoint, VAConfigAttrib *attributes, int *count)
{
    const auto config = driver.configs.find(id);
    if (!config) {
        return VA_STATUS_ERROR_INVALID_CONFIG;
    }
    if (profile == nullptr || entrypoint == nullptr || attributes == nullptr || count == nullptr) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    *profile = config->codec->profile;
    *entrypoint = config->entrypoint;
    *count = 0;
    for (const VAConfigAttribType type : kAttributeTypes) {
        const bool chosen = type == VAConfigAttribRTFormat;
        attributes[(*count)++] = {type,
                                  chosen ? config->rtFormat : attributeValue(*config->codec, type)};
    }
    return VA_STATUS_SUCCESS;
}

} // namespace daedalus::va
