// SPDX-License-Identifier: BSD-2-Clause
#include "tests/va-driver/display.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <va/va_drm.h>

#include <cstdlib>
#include <cstring>

#include "gbm/format_info.h"

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
    const uint32_t sampleBytes = bitDepth == 8 ? 1 : 2;
    VAImageFormat format{};
    format.fourcc = bitDepth == 8 ? VA_FOURCC_I420 : VA_FOURCC_I010;
    VAImage image{};
    void *data = nullptr;
    EXPECT_EQ(VA_STATUS_SUCCESS, vaCreateImage(display_, &format, static_cast<int>(width),
                                               static_cast<int>(height), &image));
    EXPECT_EQ(VA_STATUS_SUCCESS,
              vaGetImage(display_, surface, 0, 0, width, height, image.image_id));
    EXPECT_EQ(VA_STATUS_SUCCESS, vaMapBuffer(display_, image.buf, &data));
    std::vector<uint8_t> tight;
    for (unsigned plane = 0; data != nullptr && plane < 3; ++plane) {
        const uint32_t bytes = sampleBytes * (plane == 0 ? width : (width + 1) / 2);
        const uint32_t rows = plane == 0 ? height : (height + 1) / 2;
        for (uint32_t y = 0; y < rows; ++y) {
            const auto *row = static_cast<uint8_t *>(data) + image.offsets[plane] +
                              size_t{y} * image.pitches[plane];
            tight.insert(tight.end(), row, row + bytes);
        }
    }
    EXPECT_EQ(VA_STATUS_SUCCESS, vaUnmapBuffer(display_, image.buf));
    EXPECT_EQ(VA_STATUS_SUCCESS, vaDestroyImage(display_, image.image_id));
    return tight;
}

} // namespace daedalus::va
