// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "daedalus/result.h"
#include "daedalus/unique_fd.h"
#include "tools/common/gl.h"

struct gbm_device;

namespace daedalus::tools {

/// OpenGL ES 3 on a DRM node, with no window: what is drawn goes to buffers that we make. The
/// context is current on the thread that created this, which has to be the one that destroys it.
class EglDevice {
public:
    /// @param node path of a DRM node that Mesa (or another GBM) has a driver for
    static Result<std::unique_ptr<EglDevice>> open(const std::string &node);

    EglDevice(const EglDevice &) = delete;
    EglDevice &operator=(const EglDevice &) = delete;
    ~EglDevice();

    [[nodiscard]] int drmFd() const { return file_.get(); }
    [[nodiscard]] gbm_device *gbm() const { return gbm_; }
    [[nodiscard]] EGLDisplay display() const { return display_; }
    [[nodiscard]] std::string renderer() const;
    [[nodiscard]] bool hasEglExtension(std::string_view name) const;
    [[nodiscard]] bool hasGlExtension(std::string_view name) const;

private:
    EglDevice() = default;
    Result<void> createDisplay();
    Result<void> createContext();

    UniqueFd file_;
    gbm_device *gbm_ = nullptr;
    EGLDisplay display_ = EGL_NO_DISPLAY;
    EGLContext context_ = EGL_NO_CONTEXT;
};

/// A failed EGL call as an Error: "WHAT: reason".
tl::unexpected<Error> failEgl(std::string_view what);
/// The first OpenGL error that there is, as an Error; forgets the others.
Result<void> checkGl(std::string_view what);

} // namespace daedalus::tools
