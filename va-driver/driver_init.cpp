// SPDX-License-Identifier: BSD-2-Clause
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <new>

#include "va-driver/entry_points.h"
#include "va-driver/log.h"
#include "va-driver/settings.h"

namespace daedalus::va {

namespace {

/// Makes a vtable entry of one of the calls in entry_points.h: finds the Driver,
/// and lets no exception out into C.
template <auto Function>
struct Entry;

template <typename... Arguments, VAStatus (*Function)(Driver &, Arguments...)>
struct Entry<Function> {
    static VAStatus call(VADriverContextP context, Arguments... arguments) noexcept
    {
        if (context == nullptr || context->pDriverData == nullptr) {
            return VA_STATUS_ERROR_INVALID_DISPLAY;
        }
        try {
            return Function(*static_cast<Driver *>(context->pDriverData), arguments...);
        } catch (const std::bad_alloc &) {
            return VA_STATUS_ERROR_ALLOCATION_FAILED;
        } catch (...) {
            return VA_STATUS_ERROR_OPERATION_FAILED;
        }
    }
};

/// A vtable entry for what this driver does not have: palettes, subpictures, locks, drawing.
/// libva calls these without checking whether they are set.
template <typename Pointer>
struct Unimplemented;

template <typename... Arguments>
struct Unimplemented<VAStatus (*)(VADriverContextP, Arguments...)> {
    static VAStatus call(VADriverContextP /*context*/, Arguments... /*arguments*/) noexcept
    {
        return VA_STATUS_ERROR_UNIMPLEMENTED;
    }
};

template <typename Pointer>
void setUnimplemented(Pointer &entry)
{
    entry = Unimplemented<Pointer>::call;
}

VAStatus querySubpictureFormats(Driver & /*driver*/, VAImageFormat * /*list*/,
                                unsigned int * /*flags*/, unsigned int *count)
{
    if (count == nullptr) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    *count = 0;
    return VA_STATUS_SUCCESS;
}

VAStatus queryDisplayAttributes(Driver & /*driver*/, VADisplayAttribute * /*list*/, int *count)
{
    if (count == nullptr) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    *count = 0;
    return VA_STATUS_SUCCESS;
}

VAStatus getDisplayAttributes(Driver & /*driver*/, VADisplayAttribute *list, int count)
{
    if (count < 0 || (list == nullptr && count > 0)) {
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    for (int i = 0; i < count; ++i) {
        list[i].flags = VA_DISPLAY_ATTRIB_NOT_SUPPORTED;
    }
    return VA_STATUS_SUCCESS;
}

VAStatus setDisplayAttributes(Driver & /*driver*/, VADisplayAttribute * /*list*/, int count)
{
    return count == 0 ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_ATTR_NOT_SUPPORTED;
}

VAStatus terminate(VADriverContextP context) noexcept
{
    if (context == nullptr || context->pDriverData == nullptr) {
        return VA_STATUS_ERROR_INVALID_DISPLAY;
    }
    try {
        delete static_cast<Driver *>(context->pDriverData);
    } catch (...) { // a logger or a lock; everything is released all the same
    }
    context->pDriverData = nullptr;
    return VA_STATUS_SUCCESS;
}

void fillDecoding(VADriverVTable &table)
{
    table.vaTerminate = terminate;
    table.vaQueryConfigProfiles = Entry<queryConfigProfiles>::call;
    table.vaQueryConfigEntrypoints = Entry<queryConfigEntrypoints>::call;
    table.vaGetConfigAttributes = Entry<getConfigAttributes>::call;
    table.vaCreateConfig = Entry<createConfig>::call;
    table.vaDestroyConfig = Entry<destroyConfig>::call;
    table.vaQueryConfigAttributes = Entry<queryConfigAttributes>::call;
    table.vaCreateContext = Entry<createContext>::call;
    table.vaDestroyContext = Entry<destroyContext>::call;
    table.vaCreateBuffer = Entry<createBuffer>::call;
    table.vaBufferSetNumElements = Entry<bufferSetNumElements>::call;
    table.vaMapBuffer = Entry<mapBuffer>::call;
#if VA_CHECK_VERSION(1, 21, 0)
    table.vaMapBuffer2 = Entry<mapBuffer2>::call;
#endif
    table.vaUnmapBuffer = Entry<unmapBuffer>::call;
    table.vaDestroyBuffer = Entry<destroyBuffer>::call;
    table.vaBufferInfo = Entry<bufferInfo>::call;
    table.vaAcquireBufferHandle = Entry<acquireBufferHandle>::call;
    table.vaReleaseBufferHandle = Entry<releaseBufferHandle>::call;
    table.vaBeginPicture = Entry<beginPicture>::call;
    table.vaRenderPicture = Entry<renderPicture>::call;
    table.vaEndPicture = Entry<endPicture>::call;
}

void fillSurfaces(VADriverVTable &table)
{
    table.vaCreateSurfaces = Entry<createSurfaces>::call;
    table.vaCreateSurfaces2 = Entry<createSurfaces2>::call;
    table.vaDestroySurfaces = Entry<destroySurfaces>::call;
    table.vaQuerySurfaceAttributes = Entry<querySurfaceAttributes>::call;
    table.vaExportSurfaceHandle = Entry<exportSurfaceHandle>::call;
    table.vaSyncSurface = Entry<syncSurface>::call;
    table.vaSyncSurface2 = Entry<syncSurface2>::call;
    table.vaSyncBuffer = Entry<syncBuffer>::call;
    table.vaQuerySurfaceStatus = Entry<querySurfaceStatus>::call;
    table.vaQuerySurfaceError = Entry<querySurfaceError>::call;
    table.vaQueryImageFormats = Entry<queryImageFormats>::call;
    table.vaCreateImage = Entry<createImage>::call;
    table.vaDeriveImage = Entry<deriveImage>::call;
    table.vaDestroyImage = Entry<destroyImage>::call;
    table.vaGetImage = Entry<getImage>::call;
    table.vaPutImage = Entry<putImage>::call;
}

void fillRest(VADriverVTable &table)
{
    table.vaQuerySubpictureFormats = Entry<querySubpictureFormats>::call;
    table.vaQueryDisplayAttributes = Entry<queryDisplayAttributes>::call;
    table.vaGetDisplayAttributes = Entry<getDisplayAttributes>::call;
    table.vaSetDisplayAttributes = Entry<setDisplayAttributes>::call;
    setUnimplemented(table.vaPutSurface);
    setUnimplemented(table.vaSetImagePalette);
    setUnimplemented(table.vaCreateSubpicture);
    setUnimplemented(table.vaDestroySubpicture);
    setUnimplemented(table.vaSetSubpictureImage);
    setUnimplemented(table.vaSetSubpictureChromakey);
    setUnimplemented(table.vaSetSubpictureGlobalAlpha);
    setUnimplemented(table.vaAssociateSubpicture);
    setUnimplemented(table.vaDeassociateSubpicture);
    setUnimplemented(table.vaLockSurface);
    setUnimplemented(table.vaUnlockSurface);
}

void fillContext(VADriverContext &context, const Driver &driver)
{
    constexpr int kMaxAttributes = 16;
    constexpr int kMaxImageFormats = 16;
    context.version_major = VA_MAJOR_VERSION;
    context.version_minor = VA_MINOR_VERSION;
    context.max_profiles = static_cast<int>(codecTable().size());
    context.max_entrypoints = 1;
    context.max_attributes = kMaxAttributes;
    context.max_image_formats = kMaxImageFormats;
    context.max_subpic_formats = 1; // libva insists on more than none
    context.max_display_attributes = 1;
    context.str_vendor = driver.vendor().c_str();
}

/// The display's DRM file, -1 where the window system brought none.
int drmFile(const VADriverContext &context)
{
    constexpr unsigned kDrmMajor = 226;
    const auto *state = static_cast<const drm_state *>(context.drm_state);
    struct stat status {};
    // Unset states are zeroed, and 0 is a valid file descriptor of something else.
    if (state == nullptr || ::fstat(state->fd, &status) != 0 || !S_ISCHR(status.st_mode) ||
        major(status.st_rdev) != kDrmMajor) {
        return -1;
    }
    return state->fd;
}

/// Tells the client through libva, which shows it whatever DAEDALUS_LOG says.
void reportFailure(VADriverContext &context, const std::string &what)
{
    if (context.error_callback != nullptr) {
        context.error_callback(&context, ("Daedalus: " + what + "\n").c_str());
    }
}

VAStatus initialise(VADriverContext &context)
{
    auto settings = Settings::fromEnvironment();
    if (!settings) {
        reportFailure(context, settings.error().what());
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    auto logger = createLogger(settings->logLevel);
    auto driver = Driver::create(std::move(*settings), std::move(logger), drmFile(context));
    if (!driver) {
        reportFailure(context, driver.error().what());
        return VA_STATUS_ERROR_OPERATION_FAILED;
    }
    fillContext(context, **driver);
    fillDecoding(*context.vtable);
    fillSurfaces(*context.vtable);
    fillRest(*context.vtable);
    context.pDriverData = driver->release();
    return VA_STATUS_SUCCESS;
}

VAStatus guardedInitialise(VADriverContextP context) noexcept
{
    if (context == nullptr || context->vtable == nullptr) {
        return VA_STATUS_ERROR_INVALID_DISPLAY;
    }
    try {
        return initialise(*context);
    } catch (const std::bad_alloc &) {
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    } catch (...) {
        return VA_STATUS_ERROR_OPERATION_FAILED;
    }
}

} // namespace

} // namespace daedalus::va

// libva looks for its own minor version first and then for all older ones, down
// to 0. The vtable's size is the same in all 1.x versions, and entries are only
// ever added at its end; so 1_0 serves every libva that is older than the headers.
extern "C" {

__attribute__((visibility("default"))) VAStatus DAEDALUS_VA_INIT(VADriverContextP context)
{
    return daedalus::va::guardedInitialise(context);
}

// NOLINTNEXTLINE(bugprone-reserved-identifier): libva demands it
__attribute__((visibility("default"))) VAStatus __vaDriverInit_1_0(VADriverContextP context)
{
    return daedalus::va::guardedInitialise(context);
}
}
