// SPDX-License-Identifier: BSD-2-Clause
#include <drm_fourcc.h>

#include <algorithm>
#include <span>

#include "va-driver/entry_points.h"
#include "va-driver/surface_formats.h"
#include "va-driver/surface_import.h"

namespace daedalus::va {

namespace {

/// What the attributes of vaCreateSurfaces ask for.
struct SurfaceOptions {
    uint32_t fourcc = 0; ///< VA_FOURCC_*, 0: the default one
    uint32_t memoryType = VA_SURFACE_ATTRIB_MEM_TYPE_VA;
    const void *descriptor = nullptr;
    const VADRMFormatModifierList *modifiers = nullptr;
};

/// Ignores value.type and flags, which libva's own clients leave unset.
VAStatus parseAttributes(std::span<const VASurfaceAttrib> attributes, SurfaceOptions &options)
{
    for (const VASurfaceAttrib &attribute : attributes) {
        switch (attribute.type) {
        case VASurfaceAttribPixelFormat:
            options.fourcc = static_cast<uint32_t>(attribute.value.value.i);
            break;
        case VASurfaceAttribMemoryType:
            options.memoryType = static_cast<uint32_t>(attribute.value.value.i);
            break;
        case VASurfaceAttribExternalBufferDescriptor:
            options.descriptor = attribute.value.value.p;
            break;
        case VASurfaceAttribDRMFormatModifiers:
            options.modifiers =
                static_cast<const VADRMFormatModifierList *>(attribute.value.value.p);
            break;
        case VASurfaceAttribNone:
        case VASurfaceAttribUsageHint:
            break;
        default:
            return VA_STATUS_ERROR_ATTR_NOT_SUPPORTED;
        }
    }
    return VA_STATUS_SUCCESS;
}

bool allowsLinear(const VADRMFormatModifierList *list)
{
    if (list == nullptr) {
        return true;
    }
    return list->modifiers != nullptr &&
           std::ranges::count(std::span(list->modifiers, list->num_modifiers),
                              DRM_FORMAT_MOD_LINEAR) > 0;
}

/// The format of new surfaces; null where the attributes contradict each other or
/// ask for what cannot be decoded.
const gbm::FormatInfo *chooseFormat(const Driver &driver, uint32_t rtFormat, uint32_t fourcc)
{
    const auto possible = surfaceFormats(rtFormat & supportedRtFormats(driver));
    if (fourcc == 0) {
        const auto offered = offeredFormats(driver, rtFormat & supportedRtFormats(driver));
        return offered.empty() ? nullptr : offered.front();
    }
    const auto it = std::ranges::find_if(
        possible, [=](const gbm::FormatInfo *format) { return format->va == fourcc; });
    return it != possible.end() ? *it : nullptr;
}

VAStatus checkSize(unsigned int width, unsigned int height)
{
    if (width == 0 || height == 0) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    return width <= kMaxPictureSize && height <= kMaxPictureSize
               ? VA_STATUS_SUCCESS
               : VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;
}

/// Allocates or imports the memory of the surfaces of one vaCreateSurfaces.
class MemorySource {
public:
    MemorySource(Driver &driver, const gbm::FormatInfo &format, const SurfaceOptions &options,
                 uint32_t width, uint32_t height)
        : driver_(driver), format_(format), options_(options), width_(width), height_(height)
    {}

    VaResult<std::shared_ptr<SurfaceMemory>> make(unsigned index) const
    {
        switch (options_.memoryType) {
        case VA_SURFACE_ATTRIB_MEM_TYPE_VA:
            return allocate();
        case VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2:
            return importFrom(static_cast<const VADRMPRIMESurfaceDescriptor *>(options_.descriptor),
                              index);
        case VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME:
            return importFrom(
                static_cast<const VASurfaceAttribExternalBuffers *>(options_.descriptor), index);
        default:
            return vaFail(VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
        }
    }

private:
    [[nodiscard]] VaResult<std::shared_ptr<SurfaceMemory>> allocate() const
    {
        auto memory = SurfaceMemory::allocate(driver_.allocator(), format_, width_, height_);
        if (!memory) {
            driver_.logger->error("no memory for a surface of {}x{}: {}", width_, height_,
                                  memory.error().what());
            return vaFail(VA_STATUS_ERROR_ALLOCATION_FAILED);
        }
        return std::move(*memory);
    }

    VaResult<std::shared_ptr<SurfaceMemory>> importFrom(const VADRMPRIMESurfaceDescriptor *array,
                                                        unsigned index) const
    {
        // Without a buffer to import, the client only wants one that it can export.
        return array == nullptr ? allocate() : importParsed(parsePrime2(array[index]));
    }

    VaResult<std::shared_ptr<SurfaceMemory>>
    importFrom(const VASurfaceAttribExternalBuffers *descriptor, unsigned index) const
    {
        return descriptor == nullptr ? allocate() : importParsed(parsePrime(*descriptor, index));
    }

    [[nodiscard]] VaResult<std::shared_ptr<SurfaceMemory>>
    importParsed(const VaResult<ImportRequest> &request) const
    {
        if (!request) {
            return vaFail(request.error());
        }
        if (request->fourcc != format_.va) {
            return vaFail(VA_STATUS_ERROR_INVALID_PARAMETER);
        }
        return importSurface(*request, width_, height_);
    }

    Driver &driver_;
    const gbm::FormatInfo &format_;
    const SurfaceOptions &options_;
    uint32_t width_;
    uint32_t height_;
};

/// The format that an import descriptor names, where there is one.
uint32_t descriptorFourcc(const SurfaceOptions &options)
{
    if (options.descriptor == nullptr) {
        return 0;
    }
    switch (options.memoryType) {
    case VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2:
        return static_cast<const VADRMPRIMESurfaceDescriptor *>(options.descriptor)->fourcc;
    case VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME:
        return static_cast<const VASurfaceAttribExternalBuffers *>(options.descriptor)
            ->pixel_format;
    default:
        return 0;
    }
}

} // namespace

VAStatus createSurfaces(Driver &driver, int width, int height, int rtFormat, int count,
                        VASurfaceID *ids)
{
    if (width <= 0 || height <= 0 || count <= 0) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    return createSurfaces2(driver, static_cast<unsigned>(rtFormat), static_cast<unsigned>(width),
                           static_cast<unsigned>(height), ids, static_cast<unsigned>(count),
                           nullptr, 0);
}

VAStatus createSurfaces2(Driver &driver, unsigned int rtFormat, unsigned int width,
                         unsigned int height, VASurfaceID *ids, unsigned int count,
                         VASurfaceAttrib *attributes, unsigned int attributeCount)
{
    if (ids == nullptr || count == 0 || (attributes == nullptr && attributeCount > 0)) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    SurfaceOptions options;
    if (const VAStatus status = parseAttributes({attributes, attributeCount}, options);
        status != VA_STATUS_SUCCESS) {
        return status;
    }
    if (const VAStatus status = checkSize(width, height); status != VA_STATUS_SUCCESS) {
        return status;
    }
    const uint32_t fourcc = options.fourcc != 0 ? options.fourcc : descriptorFourcc(options);
    const gbm::FormatInfo *format = chooseFormat(driver, rtFormat, fourcc);
    if (format == nullptr) {
        return VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT;
    }
    if (!allowsLinear(options.modifiers)) {
        return VA_STATUS_ERROR_ATTR_NOT_SUPPORTED;
    }

    const MemorySource source(driver, *format, options, width, height);
    std::vector<VASurfaceID> created;
    VAStatus status = VA_STATUS_SUCCESS;
    while (created.size() < count && status == VA_STATUS_SUCCESS) {
        auto id =
            source.make(static_cast<unsigned>(created.size()))
                .and_then([&](std::shared_ptr<SurfaceMemory> memory) {
                    return driver.surfaces.insert(std::make_shared<Surface>(std::move(memory)));
                });
        if (id) {
            created.push_back(*id);
        } else {
            status = id.error();
        }
    }
    if (status != VA_STATUS_SUCCESS) { // all or none
        std::ranges::for_each(created, [&](VASurfaceID id) { driver.surfaces.remove(id); });
        return status;
    }
    std::ranges::copy(created, ids);
    driver.statistics->surfaces += count;
    return VA_STATUS_SUCCESS;
}

VAStatus destroySurfaces(Driver &driver, VASurfaceID *ids, int count)
{
    if (ids == nullptr || count <= 0) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    const auto list = std::span(ids, static_cast<size_t>(count));
    if (!std::ranges::all_of(list,
                             [&](VASurfaceID id) { return driver.surfaces.find(id) != nullptr; })) {
        return VA_STATUS_ERROR_INVALID_SURFACE;
    }
    for (const VASurfaceID id : list) {
        driver.surfaces.remove(id);
    }
    return VA_STATUS_SUCCESS;
}

} // namespace daedalus::va
