// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/surface_import.h"

#include <drm_fourcc.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace daedalus::va {

namespace {

/// Clients often name one buffer by several descriptors.
bool sameBuffer(int a, int b)
{
    struct stat first {};
    struct stat second {};
    return a == b || (::fstat(a, &first) == 0 && ::fstat(b, &second) == 0 &&
                      first.st_dev == second.st_dev && first.st_ino == second.st_ino);
}

bool linear(uint64_t modifier)
{
    // Clients that know of no modifiers mean the layout without one.
    return modifier == DRM_FORMAT_MOD_LINEAR || modifier == DRM_FORMAT_MOD_INVALID;
}

bool oneLinearBuffer(const VADRMPRIMESurfaceDescriptor &descriptor)
{
    if (descriptor.num_objects == 0 || descriptor.num_objects > std::size(descriptor.objects)) {
        return false;
    }
    const auto objects = std::span(descriptor.objects, descriptor.num_objects);
    return std::ranges::all_of(objects, [&](const auto &object) {
        return linear(object.drm_format_modifier) && sameBuffer(object.fd, objects[0].fd);
    });
}

/// Luma rows for which every plane has memory: up to the next plane, or to the
/// buffer's end.
uint32_t availableRows(const ImportRequest &request, const gbm::FormatInfo &format, uint32_t width,
                       uint64_t size)
{
    uint64_t rows = UINT32_MAX;
    for (unsigned plane = 0; plane < format.planes; ++plane) {
        uint64_t end = size;
        for (unsigned other = 0; other < format.planes; ++other) {
            if (request.offset[other] > request.offset[plane]) {
                end = std::min<uint64_t>(end, request.offset[other]);
            }
        }
        const uint64_t bytes = end > request.offset[plane] ? end - request.offset[plane] : 0;
        // The last row may end before its stride does.
        const uint32_t row = format.rowBytes(plane, width);
        const uint64_t planeRows = bytes >= row ? (bytes - row) / request.stride[plane] + 1 : 0;
        rows = std::min(rows, planeRows << (plane == 0 ? 0 : format.verticalShift));
    }
    return static_cast<uint32_t>(rows);
}

bool stridesSuffice(const ImportRequest &request, const gbm::FormatInfo &format, uint32_t width)
{
    for (unsigned plane = 0; plane < format.planes; ++plane) {
        if (request.stride[plane] < format.rowBytes(plane, width)) {
            return false;
        }
        for (unsigned other = 0; other < plane; ++other) {
            if (request.offset[other] == request.offset[plane]) {
                return false;
            }
        }
    }
    return true;
}

} // namespace

VaResult<ImportRequest> parsePrime2(const VADRMPRIMESurfaceDescriptor &descriptor)
{
    if (!oneLinearBuffer(descriptor)) {
        return vaFail(VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
    }
    if (descriptor.num_layers == 0 || descriptor.num_layers > std::size(descriptor.layers)) {
        return vaFail(VA_STATUS_ERROR_INVALID_PARAMETER);
    }
    ImportRequest request;
    request.fd = descriptor.objects[0].fd;
    request.fourcc = descriptor.fourcc;
    for (const auto &layer : std::span(descriptor.layers, descriptor.num_layers)) {
        if (layer.num_planes == 0 || layer.num_planes > request.offset.size() - request.planes) {
            return vaFail(VA_STATUS_ERROR_INVALID_PARAMETER);
        }
        for (unsigned plane = 0; plane < layer.num_planes; ++plane) {
            if (layer.object_index[plane] >= descriptor.num_objects) {
                return vaFail(VA_STATUS_ERROR_INVALID_PARAMETER);
            }
            request.offset[request.planes] = layer.offset[plane];
            request.stride[request.planes] = layer.pitch[plane];
            ++request.planes;
        }
    }
    return request;
}

VaResult<ImportRequest> parsePrime(const VASurfaceAttribExternalBuffers &descriptor, unsigned index)
{
    if (descriptor.buffers == nullptr || index >= descriptor.num_buffers ||
        descriptor.num_planes > std::size(descriptor.offsets)) {
        return vaFail(VA_STATUS_ERROR_INVALID_PARAMETER);
    }
    if ((descriptor.flags & VA_SURFACE_EXTBUF_DESC_ENABLE_TILING) != 0) {
        return vaFail(VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
    }
    ImportRequest request;
    request.fd = static_cast<int>(descriptor.buffers[index]);
    request.fourcc = descriptor.pixel_format;
    request.planes = descriptor.num_planes;
    std::ranges::copy(descriptor.offsets, request.offset.begin());
    std::ranges::copy(descriptor.pitches, request.stride.begin());
    return request;
}

VaResult<std::shared_ptr<SurfaceMemory>> importSurface(const ImportRequest &request, uint32_t width,
                                                       uint32_t height)
{
    const gbm::FormatInfo *format = gbm::FormatInfo::fromVa(request.fourcc);
    if (format == nullptr) {
        return vaFail(VA_STATUS_ERROR_INVALID_IMAGE_FORMAT);
    }
    const off_t size = ::lseek(request.fd, 0, SEEK_END);
    if (size <= 0 || request.planes != format->planes || !stridesSuffice(request, *format, width)) {
        return vaFail(VA_STATUS_ERROR_INVALID_PARAMETER);
    }
    gbm::SurfaceLayout layout;
    layout.format = format;
    layout.width = width;
    layout.height = height;
    std::copy_n(request.offset.begin(), layout.offset.size(), layout.offset.begin());
    std::copy_n(request.stride.begin(), layout.stride.size(), layout.stride.begin());
    layout.size = static_cast<size_t>(size);
    layout.alignedHeight = availableRows(request, *format, width, layout.size);
    if (layout.alignedHeight < height) {
        return vaFail(VA_STATUS_ERROR_INVALID_PARAMETER);
    }
    UniqueFd own(::fcntl(request.fd, F_DUPFD_CLOEXEC, 0));
    if (!own) {
        return vaFail(VA_STATUS_ERROR_ALLOCATION_FAILED);
    }
    return SurfaceMemory::import(std::move(own), layout);
}

} // namespace daedalus::va
