// SPDX-License-Identifier: BSD-2-Clause
#include "tools/common/exported_surface.h"

#include <cerrno>

#include <va/va_drmcommon.h>

#include "gbm/format_info.h"
#include "tools/common/va_display.h"

namespace daedalus::tools {
namespace {

/// Size of layer @p number in pixels of its own format.
void setLayerSize(ExportedLayer &layer, ExportLayers layers, unsigned number,
                  const gbm::FormatInfo &format, uint32_t width, uint32_t height)
{
    layer.width = width;
    layer.height = height;
    if (layers == ExportLayers::Separate) {
        const uint32_t components = number > 0 && format.semiPlanar() ? 2 : 1;
        layer.width = format.rowBytes(number, width) / (components * format.bytesPerSample);
        layer.height = format.rows(number, height);
    }
}

} // namespace

Result<ExportedSurface> exportSurface(VADisplay display, VASurfaceID surface, ExportLayers layers,
                                      uint32_t vaFourcc, uint32_t width, uint32_t height)
{
    const gbm::FormatInfo *format = gbm::FormatInfo::fromVa(vaFourcc);
    if (format == nullptr) {
        return fail(ENOTSUP, "surfaces of an unknown format");
    }
    VADRMPRIMESurfaceDescriptor descriptor{};
    const uint32_t flags = VA_EXPORT_SURFACE_READ_ONLY |
                           (layers == ExportLayers::Separate ? VA_EXPORT_SURFACE_SEPARATE_LAYERS
                                                             : VA_EXPORT_SURFACE_COMPOSED_LAYERS);
    const VAStatus status = ::vaExportSurfaceHandle(
        display, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2, flags, &descriptor);
    if (status != VA_STATUS_SUCCESS) {
        return failVa("vaExportSurfaceHandle", status);
    }
    ExportedSurface exported;
    for (uint32_t object = 0; object < descriptor.num_objects; ++object) {
        exported.objects.emplace_back(descriptor.objects[object].fd);
    }
    const unsigned expected = layers == ExportLayers::Separate ? format->planes : 1U;
    if (descriptor.num_layers != expected) {
        return fail(ENOTSUP, "the driver exports " + std::to_string(descriptor.num_layers) +
                                 " layers where " + std::to_string(expected) + " are expected");
    }
    for (unsigned number = 0; number < descriptor.num_layers; ++number) {
        const auto &from = descriptor.layers[number];
        ExportedLayer layer;
        layer.drmFormat = from.drm_format;
        setLayerSize(layer, layers, number, *format, width, height);
        for (uint32_t plane = 0; plane < from.num_planes; ++plane) {
            const uint32_t object = from.object_index[plane];
            if (object >= exported.objects.size()) {
                return fail(EPROTO, "the driver exports a plane of an object that is not there");
            }
            layer.planes.push_back({.fd = exported.objects[object].get(),
                                    .offset = from.offset[plane],
                                    .pitch = from.pitch[plane],
                                    .modifier = descriptor.objects[object].drm_format_modifier});
        }
        exported.layers.push_back(std::move(layer));
    }
    return exported;
}

} // namespace daedalus::tools
