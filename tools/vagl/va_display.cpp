// SPDX-License-Identifier: BSD-2-Clause
#include "va_display.h"

#include <cerrno>

#include <fcntl.h>
#include <va/va_drm.h>
#include <xf86drm.h>

namespace daedalus {

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
    // libva's own chatter would end up between the lines of the progress display.
    ::vaSetInfoCallback(handle, nullptr, nullptr);
    int major = 0;
    int minor = 0;
    if (const VAStatus status = ::vaInitialize(handle, &major, &minor);
        status != VA_STATUS_SUCCESS) {
        ::vaTerminate(handle);
        auto failed = failVa("vaInitialize on " + node, status);
        return fail(ENODEV, failed.value().what() +
                                " (is the driver there? see LIBVA_DRIVER_NAME and "
                                "LIBVA_DRIVERS_PATH, and try vainfo)");
    }
    display->display_ = handle;
    // libva authenticates itself on a card node by being its master, which the screen needs.
    if (::drmGetNodeTypeFromFd(display->file_.get()) == DRM_NODE_PRIMARY &&
        ::drmIsMaster(display->file_.get()) != 0) {
        ::drmDropMaster(display->file_.get());
    }
    const char *vendor = ::vaQueryVendorString(handle);
    display->vendor_ = vendor != nullptr ? vendor : "unknown driver";
    return display;
}

VaDisplay::~VaDisplay()
{
    if (display_ != nullptr) {
        ::vaTerminate(display_);
    }
}

} // namespace daedalus
