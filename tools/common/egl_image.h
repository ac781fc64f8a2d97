// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <utility>

#include "daedalus/result.h"
#include "tools/common/colour.h"
#include "tools/common/egl_device.h"
#include "tools/common/exported_surface.h"

namespace daedalus::tools {

/// An EGLImage that is a DMA-BUF's memory.
class EglImage {
public:
    /// @param layer descriptors that stay the caller's; they can be closed afterwards
    /// @param colours how the driver is to convert an image with several planes; null for one
    /// whose pixels are taken as they are
    static Result<EglImage> import(const EglDevice &device, const ExportedLayer &layer,
                                   const Colours *colours);

    EglImage(EglImage &&other) noexcept
        : display_(other.display_), image_(std::exchange(other.image_, EGL_NO_IMAGE))
    {}
    EglImage &operator=(EglImage &&other) noexcept
    {
        std::swap(display_, other.display_);
        std::swap(image_, other.image_);
        return *this;
    }
    EglImage(const EglImage &) = delete;
    EglImage &operator=(const EglImage &) = delete;
    ~EglImage()
    {
        if (image_ != EGL_NO_IMAGE) {
            ::eglDestroyImage(display_, image_);
        }
    }

    /// Makes the texture bound to @p target show this image, with linear filters.
    [[nodiscard]] Result<void> bindTo(GLenum target) const;

private:
    EglImage(EGLDisplay display, EGLImage image) : display_(display), image_(image) {}

    EGLDisplay display_;
    EGLImage image_;
};

} // namespace daedalus::tools
