// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <va/va.h>
#include <va/va_backend.h>
#include <va/va_drmcommon.h>

#include "va-driver/driver.h"

/// The VA calls, as functions of a Driver. Parameters and results are those of
/// the calls in va/va_backend.h with the Driver in place of the VADriverContextP;
/// what each returns for which mistake is listed in docs/va-driver.md.
namespace daedalus::va {

// config_calls.cpp
VAStatus queryConfigProfiles(Driver &driver, VAProfile *list, int *count);
VAStatus queryConfigEntrypoints(Driver &driver, VAProfile profile, VAEntrypoint *list, int *count);
VAStatus getConfigAttributes(Driver &driver, VAProfile profile, VAEntrypoint entrypoint,
                             VAConfigAttrib *attributes, int count);
VAStatus createConfig(Driver &driver, VAProfile profile, VAEntrypoint entrypoint,
                      VAConfigAttrib *attributes, int count, VAConfigID *id);
VAStatus destroyConfig(Driver &driver, VAConfigID id);
VAStatus queryConfigAttributes(Driver &driver, VAConfigID id, VAProfile *profile,
                               VAEntrypoint *entrypoint, VAConfigAttrib *attributes, int *count);

// surface_attributes.cpp
VAStatus querySurfaceAttributes(Driver &driver, VAConfigID config, VASurfaceAttrib *attributes,
                                unsigned int *count);

// surface_calls.cpp
VAStatus createSurfaces(Driver &driver, int width, int height, int rtFormat, int count,
                        VASurfaceID *ids);
VAStatus createSurfaces2(Driver &driver, unsigned int rtFormat, unsigned int width,
                         unsigned int height, VASurfaceID *ids, unsigned int count,
                         VASurfaceAttrib *attributes, unsigned int attributeCount);
VAStatus destroySurfaces(Driver &driver, VASurfaceID *ids, int count);

// export_calls.cpp
VAStatus exportSurfaceHandle(Driver &driver, VASurfaceID id, uint32_t memoryType, uint32_t flags,
                             void *descriptor);

// context_calls.cpp
VAStatus createContext(Driver &driver, VAConfigID config, int width, int height, int flags,
                       VASurfaceID *targets, int targetCount, VAContextID *id);
VAStatus destroyContext(Driver &driver, VAContextID id);
VAStatus beginPicture(Driver &driver, VAContextID context, VASurfaceID target);
VAStatus renderPicture(Driver &driver, VAContextID context, VABufferID *ids, int count);
VAStatus endPicture(Driver &driver, VAContextID context);

// buffer_calls.cpp
VAStatus createBuffer(Driver &driver, VAContextID context, VABufferType type, unsigned int size,
                      unsigned int count, void *data, VABufferID *id);
VAStatus bufferSetNumElements(Driver &driver, VABufferID id, unsigned int count);
VAStatus mapBuffer(Driver &driver, VABufferID id, void **data);
VAStatus mapBuffer2(Driver &driver, VABufferID id, void **data, uint32_t flags);
VAStatus unmapBuffer(Driver &driver, VABufferID id);
VAStatus destroyBuffer(Driver &driver, VABufferID id);
VAStatus bufferInfo(Driver &driver, VABufferID id, VABufferType *type, unsigned int *size,
                    unsigned int *count);
VAStatus acquireBufferHandle(Driver &driver, VABufferID id, VABufferInfo *info);
VAStatus releaseBufferHandle(Driver &driver, VABufferID id);

// sync_calls.cpp
VAStatus syncSurface(Driver &driver, VASurfaceID id);
VAStatus syncSurface2(Driver &driver, VASurfaceID id, uint64_t timeout);
VAStatus syncBuffer(Driver &driver, VABufferID id, uint64_t timeout);
VAStatus querySurfaceStatus(Driver &driver, VASurfaceID id, VASurfaceStatus *status);
VAStatus querySurfaceError(Driver &driver, VASurfaceID id, VAStatus error, void **info);

// image_calls.cpp
VAStatus queryImageFormats(Driver &driver, VAImageFormat *list, int *count);
VAStatus createImage(Driver &driver, VAImageFormat *format, int width, int height, VAImage *image);
VAStatus deriveImage(Driver &driver, VASurfaceID surface, VAImage *image);
VAStatus destroyImage(Driver &driver, VAImageID id);
VAStatus getImage(Driver &driver, VASurfaceID surface, int x, int y, unsigned int width,
                  unsigned int height, VAImageID image);
VAStatus putImage(Driver &driver, VASurfaceID surface, VAImageID image, int srcX, int srcY,
                  unsigned int srcWidth, unsigned int srcHeight, int destX, int destY,
                  unsigned int destWidth, unsigned int destHeight);

} // namespace daedalus::va
