// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/entry_points.h"

namespace daedalus::va {

namespace {

/// @param timeout ns
VAStatus waitFor(Surface &surface, uint64_t timeout)
{
    if (timeout > static_cast<uint64_t>(INT64_MAX)) { // VA_TIMEOUT_INFINITE among them
        return surface.wait(std::nullopt);
    }
    return surface.wait(std::chrono::nanoseconds(timeout));
}

} // namespace

VAStatus syncSurface(Driver &driver, VASurfaceID id)
{
    const auto surface = driver.surfaces.find(id);
    return surface ? surface->wait(std::nullopt) : VA_STATUS_ERROR_INVALID_SURFACE;
}

VAStatus syncSurface2(Driver &driver, VASurfaceID id, uint64_t timeout)
{
    const auto surface = driver.surfaces.find(id);
    return surface ? waitFor(*surface, timeout) : VA_STATUS_ERROR_INVALID_SURFACE;
}

VAStatus syncBuffer(Driver &driver, VABufferID id, uint64_t timeout)
{
    const auto buffer = driver.buffers.find(id);
    if (!buffer) {
        return VA_STATUS_ERROR_INVALID_BUFFER;
    }
    // Only the client writes to a buffer that shows no surface.
    return buffer->surface() ? waitFor(*buffer->surface(), timeout) : VA_STATUS_SUCCESS;
}

VAStatus querySurfaceStatus(Driver &driver, VASurfaceID id, VASurfaceStatus *status)
{
    const auto surface = driver.surfaces.find(id);
    if (!surface) {
        return VA_STATUS_ERROR_INVALID_SURFACE;
    }
    if (status == nullptr) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    *status = surface->poll() ? VASurfaceRendering : VASurfaceReady;
    return VA_STATUS_SUCCESS;
}

VAStatus querySurfaceError(Driver &driver, VASurfaceID id, VAStatus error, void **info)
{
    const auto surface = driver.surfaces.find(id);
    if (!surface) {
        return VA_STATUS_ERROR_INVALID_SURFACE;
    }
    if (info == nullptr || error != VA_STATUS_ERROR_DECODING_ERROR) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    *info = const_cast<VASurfaceDecodeMBErrors *>(surface->decodeErrors());
    return VA_STATUS_SUCCESS;
}

} // namespace daedalus::va
