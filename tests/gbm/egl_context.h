// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES3/gl3.h>

#include "daedalus/result.h"
#include "daedalus/unique_fd.h"

struct gbm_device;

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

/// OpenGL ES 3 on a DRM node, current on the thread that made it; draws to no window.
class EglContext {
public:
    static Result<std::unique_ptr<EglContext>> create(const std::string &node);

    EglContext(const EglContext &) = delete;
    EglContext &operator=(const EglContext &) = delete;
    EglContext(EglContext &&) = delete;
    EglContext &operator=(EglContext &&) = delete;
    ~EglContext();

    /// The DRM file that EGL draws with.
    [[nodiscard]] int drmFd() const { return file_.get(); }
    /// GL_RENDERER.
    [[nodiscard]] std::string renderer() const;

    /// A texture that is the plane's memory: nothing is uploaded.
    Result<GLuint> importTexture(const ImportedPlane &plane);
    /// A texture that is a copy of @p width x @p height bytes.
    GLuint uploadTexture(uint32_t width, uint32_t height, const void *bytes);

    /// Draws @p texture, pixel for pixel, and reads the drawing back.
    /// @param scale largest value of a component, 255 or 65535
    /// @return two values a pixel, red and green
    Result<Pixels> draw(GLuint texture, uint32_t width, uint32_t height, uint32_t scale);

private:
    EglContext() = default;
    Result<void> createDisplay();
    Result<void> createContext();
    Result<void> createProgram();

    UniqueFd file_;
    gbm_device *gbm_ = nullptr;
    EGLDisplay display_ = EGL_NO_DISPLAY;
    EGLContext context_ = EGL_NO_CONTEXT;
    GLuint program_ = 0;
    std::vector<GLuint> textures_;
    std::vector<EGLImage> images_;
};

} // namespace daedalus::test
