// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "daedalus/result.h"
#include "tools/common/egl_device.h"
#include "tools/common/egl_image.h"
#include "tools/common/gl_objects.h"
#include "tools/common/texture_reader.h"

namespace daedalus::test {

/// A plane of a surface, as a client sees it that was given a PRIME buffer.
struct ImportedPlane {
    int dmaBuf;
    uint32_t drmFormat; ///< R8, GR88, R16, GR1616
    uint32_t width;     ///< pixels of that format
    uint32_t height;
    uint32_t offset;
    uint32_t stride;
};

/// What a texture shows: red and green of each pixel, in the order of rows.
using Pixels = std::vector<uint32_t>;

/// Textures on a DRM node, and what they show.
class EglContext {
public:
    static Result<std::unique_ptr<EglContext>> create(const std::string &node);

    /// The DRM file that EGL draws with.
    [[nodiscard]] int drmFd() const { return device_->drmFd(); }
    /// GL_RENDERER.
    [[nodiscard]] std::string renderer() const { return device_->renderer(); }

    /// A texture that is the plane's memory: nothing is uploaded.
    Result<GLuint> importTexture(const ImportedPlane &plane);
    /// A texture that is a copy of @p width x @p height bytes.
    GLuint uploadTexture(uint32_t width, uint32_t height, const void *bytes);

    /// Draws @p texture, pixel for pixel, and reads the drawing back.
    /// @param largest value of a component, 255 or 65535
    /// @return two values a pixel, red and green
    Result<Pixels> draw(GLuint texture, uint32_t width, uint32_t height, uint32_t largest);

private:
    explicit EglContext(std::unique_ptr<tools::EglDevice> device) : device_(std::move(device)) {}

    std::unique_ptr<tools::EglDevice> device_; ///< goes last
    tools::TextureReader reader_;
    std::vector<tools::EglImage> images_;
    std::vector<tools::GlTexture> textures_;
};

} // namespace daedalus::test
