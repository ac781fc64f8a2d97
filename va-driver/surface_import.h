// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <va/va.h>
#include <va/va_drmcommon.h>

#include <cstdint>
#include <memory>

#include "gbm/format_info.h"
#include "va-driver/surface_memory.h"
#include "va-driver/va_status.h"

namespace daedalus::va {

/// Where a client's buffer comes from and what it claims to be, taken from
/// either of VA's descriptors.
struct ImportRequest {
    int fd = -1;         ///< not owned
    uint32_t fourcc = 0; ///< VA_FOURCC_*
    uint32_t planes = 0; ///< colour planes described
    std::array<uint32_t, 4> offset{};
    std::array<uint32_t, 4> stride{};
};

/// From a VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2 descriptor. All planes have to
/// be in one linear DMA-BUF, which may be named by several descriptors' objects.
/// VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE: it is another kind of memory.
VaResult<ImportRequest> parsePrime2(const VADRMPRIMESurfaceDescriptor &descriptor);

/// From the old VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME descriptor.
/// @param index which of its buffers
VaResult<ImportRequest> parsePrime(const VASurfaceAttribExternalBuffers &descriptor,
                                   unsigned index);

/// Checks that the planes lie inside the buffer, without overlapping, and have
/// room for the picture; then takes a reference of its own to the buffer.
/// VA_STATUS_ERROR_INVALID_PARAMETER: they do not;
/// VA_STATUS_ERROR_INVALID_IMAGE_FORMAT: no such format.
VaResult<std::shared_ptr<SurfaceMemory>> importSurface(const ImportRequest &request, uint32_t width,
                                                       uint32_t height);

} // namespace daedalus::va
