// SPDX-License-Identifier: BSD-2-Clause
#include <va/va_drmcommon.h>

#include <limits>

#include "va-driver/entry_points.h"

namespace daedalus::va {

namespace {

/// No bitstream of a picture comes near this.
constexpr uint64_t kMaxBufferBytes = uint64_t{1} << 30;

bool knownType(VABufferType type)
{
    switch (type) {
    case VAPictureParameterBufferType:
    case VAIQMatrixBufferType:
    case VAProbabilityBufferType:
    case VASliceParameterBufferType:
    case VASliceDataBufferType:
        return true;
    default:
        return false;
    }
}

} // namespace

VAStatus createBuffer(Driver &driver, VAContextID context, VABufferType type, unsigned int size,
                      unsigned int count, void *data, VABufferID *id)
{
    if (!driver.contexts.find(context)) {
        return VA_STATUS_ERROR_INVALID_CONTEXT;
    }
    if (id == nullptr || size == 0 || count == 0) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    if (!knownType(type)) {
        return VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE;
    }
    if (uint64_t{size} * count > kMaxBufferBytes) {
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    }
    const auto inserted = driver.buffers.insert(std::make_shared<Buffer>(type, size, count, data));
    *id = inserted.value_or(VA_INVALID_ID);
    return inserted ? VA_STATUS_SUCCESS : inserted.error();
}

VAStatus bufferSetNumElements(Driver &driver, VABufferID id, unsigned int count)
{
    const auto buffer = driver.buffers.find(id);
    if (!buffer) {
        return VA_STATUS_ERROR_INVALID_BUFFER;
    }
    if (count == 0) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    if (uint64_t{buffer->elementSize()} * count > kMaxBufferBytes) {
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    }
    return buffer->setCount(count);
}

VAStatus mapBuffer(Driver &driver, VABufferID id, void **data)
{
    const auto buffer = driver.buffers.find(id);
    if (!buffer) {
        return VA_STATUS_ERROR_INVALID_BUFFER;
    }
    if (data == nullptr) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    if (buffer->surface()) {
        buffer->surface()->waitIdle(); // an image shows a picture, not half of one
    }
    const auto mapped = buffer->map();
    *data = mapped.value_or(nullptr);
    return mapped ? VA_STATUS_SUCCESS : mapped.error();
}

VAStatus mapBuffer2(Driver &driver, VABufferID id, void **data, uint32_t /*flags*/)
{
    return mapBuffer(driver, id, data);
}

VAStatus unmapBuffer(Driver &driver, VABufferID id)
{
    const auto buffer = driver.buffers.find(id);
    return buffer ? buffer->unmap() : VA_STATUS_ERROR_INVALID_BUFFER;
}

VAStatus destroyBuffer(Driver &driver, VABufferID id)
{
    return driver.buffers.remove(id) ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_INVALID_BUFFER;
}

VAStatus bufferInfo(Driver &driver, VABufferID id, VABufferType *type, unsigned int *size,
                    unsigned int *count)
{
    const auto buffer = driver.buffers.find(id);
    if (!buffer) {
        return VA_STATUS_ERROR_INVALID_BUFFER;
    }
    if (type == nullptr || size == nullptr || count == nullptr) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    *type = buffer->type();
    *size = static_cast<unsigned int>(buffer->elementSize());
    *count = static_cast<unsigned int>(buffer->count());
    return VA_STATUS_SUCCESS;
}

VAStatus acquireBufferHandle(Driver &driver, VABufferID id, VABufferInfo *info)
{
    const auto buffer = driver.buffers.find(id);
    if (!buffer) {
        return VA_STATUS_ERROR_INVALID_BUFFER;
    }
    if (info == nullptr) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    if (info->mem_type != 0 && (info->mem_type & VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME) == 0) {
        return VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE;
    }
    const auto handle = buffer->acquireHandle();
    if (!handle) {
        return handle.error();
    }
    // The call promises that pending work on the buffer is done (va.h).
    const VAStatus status = buffer->surface()->wait(std::nullopt);
    info->handle = static_cast<uintptr_t>(*handle);
    info->type = buffer->type();
    info->mem_type = VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME;
    info->mem_size = buffer->size();
    if (status != VA_STATUS_SUCCESS) {
        buffer->releaseHandle();
    }
    return status;
}

VAStatus releaseBufferHandle(Driver &driver, VABufferID id)
{
    const auto buffer = driver.buffers.find(id);
    return buffer ? buffer->releaseHandle() : VA_STATUS_ERROR_INVALID_BUFFER;
}

} // namespace daedalus::va
