// SPDX-License-Identifier: BSD-2-Clause
#include "tests/va-driver/display.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <va/va_drm.h>

#include <cstdlib>
#include <cstring>

#include "gbm/format_info.h"
#include "tests/va-driver/surface_reader.h"

namespace daedalus::va {

Display::Display()
{
    ::setenv("LIBVA_DRIVERS_PATH", DAEDALUS_DRIVER_PATH, 0);
    ::setenv("LIBVA_DRIVER_NAME", "daedalus", 1);
    for (int minor = 128; minor < 136 && !fd_; ++minor) {
        fd_.reset(::open(("/dev/dri/renderD" + std::to_string(minor)).c_str(), O_RDWR | O_CLOEXEC));
    }
    if (!fd_) {
        return;
    }
    display_ = vaGetDisplayDRM(fd_.get());
    vaSetInfoCallback(display_, nullptr, nullptr);
    vaSetErrorCallback(
        display_,
        [](void *self, const char *text) { static_cast<Display *>(self)->errors_ += text; }, this);
    int major = 0;
    int minor = 0;
    status_ = vaInitialize(display_, &major, &minor);
}

Display::~Display()
{
    terminate();
}

void Display::terminate()
{
    if (display_ != nullptr) {
        vaTerminate(display_);
        display_ = nullptr;
    }
}

std::vector<VASurfaceID> Display::surfaces(uint32_t fourcc, uint32_t width, uint32_t height,
                                           unsigned count) const
{
    VASurfaceAttrib format{};
    format.type = VASurfaceAttribPixelFormat;
    format.flags = VA_SURFACE_ATTRIB_SETTABLE;
    format.value.type = VAGenericValueTypeInteger;
    format.value.value.i = static_cast<int>(fourcc);
    std::vector<VASurfaceID> ids(count, VA_INVALID_SURFACE);
    EXPECT_EQ(VA_STATUS_SUCCESS,
              vaCreateSurfaces(display_, gbm::FormatInfo::fromVa(fourcc)->vaRtFormat, width, height,
                               ids.data(), count, &format, 1));
    return ids;
}

VAConfigID Display::config(VAProfile profile) const
{
    VAConfigID id = VA_INVALID_ID;
    EXPECT_EQ(VA_STATUS_SUCCESS,
              vaCreateConfig(display_, profile, VAEntrypointVLD, nullptr, 0, &id));
    return id;
}

VAContextID Display::context(VAConfigID config, uint32_t width, uint32_t height) const
{
    VAContextID id = VA_INVALID_ID;
    EXPECT_EQ(VA_STATUS_SUCCESS,
              vaCreateContext(display_, config, static_cast<int>(width), static_cast<int>(height),
                              VA_PROGRESSIVE, nullptr, 0, &id));
    return id;
}

std::vector<uint8_t> Display::read(VASurfaceID surface, uint32_t width, uint32_t height,
                                   unsigned bitDepth) const
{
    return readSurface(display_, surface, width, height, bitDepth);
}

} // namespace daedalus::va
