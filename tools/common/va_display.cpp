// SPDX-License-Identifier: BSD-2-Clause
#include "tools/common/va_display.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <va/va_backend.h>
#include <va/va_drm.h>
#include <xf86drm.h>

namespace daedalus::tools {

tl::unexpected<Error> failVa(std::string_view what, VAStatus status)
{
    return fail(EIO, std::string(what) + ": " + ::vaErrorStr(status));
}

Result<std::shared_ptr<VaDisplay>> VaDisplay::open(const std::string &node)
{
    auto display = std::shared_ptr<VaDisplay>(new VaDisplay);
    display->file_.reset(::open(node.c_str(), O_RDWR | O_CLOEXEC));
    if (!display->file_) {
        return failErrno("opening " + node);
    }
    const VADisplay handle = ::vaGetDisplayDRM(display->file_.get());
    if (handle == nullptr) {
        return fail(ENODEV, node + " is no DRM node that VA-API can use");
    }
    if (auto initialised = display->initialise(handle, node); !initialised) {
        return tl::unexpected(initialised.error());
    }
    // libva authenticates itself on a card node by being its master, which the screen needs.
    if (::drmGetNodeTypeFromFd(display->file_.get()) == DRM_NODE_PRIMARY &&
        ::drmIsMaster(display->file_.get()) != 0) {
        ::drmDropMaster(display->file_.get());
    }
    return display;
}

Result<std::shared_ptr<VaDisplay>> VaDisplay::openWithoutDevice()
{
    ::setenv("LIBVA_DRIVER_NAME", "daedalus", 1);
    ::setenv("DAEDALUS_SURFACE_PROVIDER", "memfd", 1);
    auto display = std::shared_ptr<VaDisplay>(new VaDisplay);
    // Allocated and laid out as libva's own window systems do it; vaTerminate() calls vaDestroy.
    auto *context = static_cast<VADisplayContextP>(::calloc(1, sizeof(VADisplayContext)));
    auto *driver = static_cast<VADriverContextP>(::calloc(1, sizeof(VADriverContext)));
    if (context == nullptr || driver == nullptr) {
        ::free(context);
        ::free(driver);
        return fail(ENOMEM, "no memory for a VADisplay");
    }
    context->vadpy_magic = VA_DISPLAY_MAGIC;
    context->pDriverContext = driver;
    context->vaIsValid = [](VADisplayContextP) { return 1; };
    context->vaDestroy = [](VADisplayContextP self) {
        ::free(self->pDriverContext);
        ::free(self);
    };
    context->vaGetDriverNameByIndex = [](VADisplayContextP, char **name, int /*index*/) {
        *name = ::strdup("daedalus");
        return VAStatus{VA_STATUS_SUCCESS};
    };
    driver->pDisplayContext = context;
    driver->display_type = VA_DISPLAY_DRM;
    if (auto initialised = display->initialise(context, "no device"); !initialised) {
        return tl::unexpected(initialised.error());
    }
    return display;
}

Result<void> VaDisplay::initialise(VADisplay handle, const std::string &where)
{
    // libva's own chatter would end up between the lines of the progress display.
    ::vaSetInfoCallback(handle, nullptr, nullptr);
    int major = 0;
    int minor = 0;
    if (const VAStatus status = ::vaInitialize(handle, &major, &minor);
        status != VA_STATUS_SUCCESS) {
        ::vaTerminate(handle);
        auto failed = failVa("vaInitialize on " + where, status);
        return fail(ENODEV, failed.value().what() +
                                " (is the driver there? see LIBVA_DRIVER_NAME and "
                                "LIBVA_DRIVERS_PATH, and try vainfo)");
    }
    display_ = handle;
    const char *vendor = ::vaQueryVendorString(handle);
    vendor_ = vendor != nullptr ? vendor : "unknown driver";
    return {};
}

VaDisplay::~VaDisplay()
{
    if (display_ != nullptr) {
        ::vaTerminate(display_);
    }
}

} // namespace daedalus::tools
