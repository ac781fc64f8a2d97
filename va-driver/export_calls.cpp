// SPDX-License-Identifier: BSD-2-Clause
#include <fcntl.h>

#include "va-driver/entry_points.h"

namespace daedalus::va {

namespace {

void describeLayer(VADRMPRIMESurfaceDescriptor &descriptor, uint32_t drmFormat,
                   const gbm::SurfaceLayout &layout, unsigned firstPlane, unsigned planes)
{
    auto &layer = descriptor.layers[descriptor.num_layers++];
    layer.drm_format = drmFormat;
    layer.num_planes = planes;
    for (unsigned plane = 0; plane < planes; ++plane) {
        layer.object_index[plane] = 0;
        layer.offset[plane] = layout.offset[firstPlane + plane];
        layer.pitch[plane] = layout.stride[firstPlane + plane];
    }
}

} // namespace

VAStatus exportSurfaceHandle(Driver &driver, VASurfaceID id, uint32_t memoryType, uint32_t flags,
                             void *descriptor)
{
    const auto surface = driver.surfaces.find(id);
    if (!surface) {
        return VA_STATUS_ERROR_INVALID_SURFACE;
    }
    if (memoryType != VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2) {
        return VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;
    }
    if (descriptor == nullptr) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    UniqueFd fd(::fcntl(surface->memory().fd(), F_DUPFD_CLOEXEC, 0));
    if (!fd) {
        driver.logger->error("export: {}", Error::fromErrno("duplicate a descriptor").what());
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    }

    const gbm::SurfaceLayout &layout = surface->layout();
    const gbm::FormatInfo &format = surface->format();
    VADRMPRIMESurfaceDescriptor out{};
    out.fourcc = format.va;
    out.width = layout.width;
    out.height = layout.height;
    out.num_objects = 1;
    out.objects[0].size = static_cast<uint32_t>(layout.size);
    out.objects[0].drm_format_modifier = surface->memory().modifier();
    if ((flags & VA_EXPORT_SURFACE_SEPARATE_LAYERS) != 0) {
        for (unsigned plane = 0; plane < format.planes; ++plane) {
            describeLayer(out, format.drmLayers[plane], layout, plane, 1);
        }
    } else {
        describeLayer(out, format.drm, layout, 0, format.planes);
    }
    out.objects[0].fd = fd.release();
    *static_cast<VADRMPRIMESurfaceDescriptor *>(descriptor) = out;
    ++driver.statistics->exports;
    return VA_STATUS_SUCCESS;
}

} // namespace daedalus::va
