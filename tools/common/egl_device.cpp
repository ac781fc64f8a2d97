// SPDX-License-Identifier: BSD-2-Clause
#include "tools/common/egl_device.h"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <gbm.h>
#include <xf86drm.h>

namespace daedalus::tools {
namespace {

/// True where @p list, words with spaces in between, has @p word.
bool listed(const char *list, std::string_view word)
{
    const std::string all = std::string(" ") + (list != nullptr ? list : "") + " ";
    return all.find(" " + std::string(word) + " ") != std::string::npos;
}

std::string_view eglErrorName(EGLint error)
{
    switch (error) {
    case EGL_BAD_ALLOC:
        return "EGL_BAD_ALLOC";
    case EGL_BAD_MATCH:
        return "EGL_BAD_MATCH";
    case EGL_BAD_ATTRIBUTE:
        return "EGL_BAD_ATTRIBUTE";
    case EGL_BAD_PARAMETER:
        return "EGL_BAD_PARAMETER";
    case EGL_BAD_ACCESS:
        return "EGL_BAD_ACCESS";
    case EGL_NOT_INITIALIZED:
        return "EGL_NOT_INITIALIZED";
    default:
        return {};
    }
}

} // namespace

tl::unexpected<Error> failEgl(std::string_view what)
{
    const EGLint error = ::eglGetError();
    const std::string_view name = eglErrorName(error);
    return fail(EIO, std::string(what) + ": " +
                         (name.empty() ? "EGL error " + std::to_string(error) : std::string(name)));
}

Result<void> checkGl(std::string_view what)
{
    const GLenum error = ::glGetError();
    if (error == GL_NO_ERROR) {
        return {};
    }
    while (::glGetError() != GL_NO_ERROR) {
    }
    return fail(EIO, std::string(what) + ": OpenGL error " + std::to_string(error));
}

Result<std::unique_ptr<EglDevice>> EglDevice::open(const std::string &node)
{
    auto device = std::unique_ptr<EglDevice>(new EglDevice);
    device->file_.reset(::open(node.c_str(), O_RDWR | O_CLOEXEC));
    if (!device->file_) {
        return failErrno("opening " + node);
    }
    // Whoever opens a card node first becomes its master, which only drawing does not need.
    if (::drmGetNodeTypeFromFd(device->file_.get()) == DRM_NODE_PRIMARY &&
        ::drmIsMaster(device->file_.get()) != 0) {
        ::drmDropMaster(device->file_.get());
    }
    if (auto made = device->createDisplay(); !made) {
        return fail(made.error().code(), node + ": " + made.error().what());
    }
    if (auto made = device->createContext(); !made) {
        return fail(made.error().code(), node + ": " + made.error().what());
    }
    return device;
}

Result<void> EglDevice::createDisplay()
{
    gbm_ = ::gbm_create_device(file_.get());
    if (gbm_ == nullptr) {
        return failErrno("gbm_create_device");
    }
    display_ = ::eglGetPlatformDisplay(EGL_PLATFORM_GBM_KHR, gbm_, nullptr);
    if (display_ == EGL_NO_DISPLAY || ::eglInitialize(display_, nullptr, nullptr) != EGL_TRUE) {
        return failEgl("eglInitialize");
    }
    for (const auto *const needed : {"EGL_EXT_image_dma_buf_import", "EGL_KHR_no_config_context",
                                     "EGL_KHR_surfaceless_context"}) {
        if (!hasEglExtension(needed)) {
            return fail(ENOTSUP, std::string("EGL has no ") + needed);
        }
    }
    return {};
}

Result<void> EglDevice::createContext()
{
    constexpr std::array<EGLint, 5> kAttributes{EGL_CONTEXT_MAJOR_VERSION, 3,
                                                EGL_CONTEXT_MINOR_VERSION, 0, EGL_NONE};
    ::eglBindAPI(EGL_OPENGL_ES_API);
    context_ = ::eglCreateContext(display_, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, kAttributes.data());
    if (context_ == EGL_NO_CONTEXT ||
        ::eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, context_) != EGL_TRUE) {
        return failEgl("creating an OpenGL ES 3 context");
    }
    if (!hasGlExtension("GL_OES_EGL_image")) {
        return fail(ENOTSUP, "OpenGL ES has no GL_OES_EGL_image");
    }
    return {};
}

EglDevice::~EglDevice()
{
    if (display_ != EGL_NO_DISPLAY) {
        ::eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
        if (context_ != EGL_NO_CONTEXT) {
            ::eglDestroyContext(display_, context_);
        }
        ::eglTerminate(display_);
    }
    if (gbm_ != nullptr) {
        ::gbm_device_destroy(gbm_);
    }
}

std::string EglDevice::renderer() const
{
    const auto *name = reinterpret_cast<const char *>(::glGetString(GL_RENDERER));
    return name != nullptr ? name : "unknown renderer";
}

bool EglDevice::hasEglExtension(std::string_view name) const
{
    return listed(::eglQueryString(display_, EGL_EXTENSIONS), name);
}

bool EglDevice::hasGlExtension(std::string_view name) const
{
    return listed(reinterpret_cast<const char *>(::glGetString(GL_EXTENSIONS)), name);
}

} // namespace daedalus::tools
