// SPDX-License-Identifier: BSD-2-Clause
#include "egl_context.h"

#include <array>
#include <cerrno>
#include <string_view>

#include <drm_fourcc.h>
#include <fcntl.h>
#include <gbm.h>
// GL_OES_EGL_image has its declaration in the header of version 2.
#include <GLES2/gl2.h>
// clang-format off
#include <GLES2/gl2ext.h>
// clang-format on

namespace daedalus::test {
namespace {

constexpr const char *kVertexShader = R"(#version 300 es
void main()
{
    // One triangle that covers everything.
    vec2 corner = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
    gl_Position = vec4(corner, 0.0, 1.0);
}
)";

constexpr const char *kFragmentShader = R"(#version 300 es
precision highp float;
precision highp int;
uniform highp sampler2D plane;
uniform float scale;
out uvec4 value;
void main()
{
    vec4 texel = texelFetch(plane, ivec2(gl_FragCoord.xy), 0);
    value = uvec4(round(texel * scale));
}
)";

tl::unexpected<Error> failEgl(std::string_view what)
{
    return fail(EIO, std::string(what) + ": EGL error " + std::to_string(::eglGetError()));
}

Result<GLuint> compile(GLenum type, const char *source)
{
    const GLuint shader = ::glCreateShader(type);
    ::glShaderSource(shader, 1, &source, nullptr);
    ::glCompileShader(shader);
    GLint good = GL_FALSE;
    ::glGetShaderiv(shader, GL_COMPILE_STATUS, &good);
    if (good != GL_TRUE) {
        std::array<char, 1024> log{};
        ::glGetShaderInfoLog(shader, log.size(), nullptr, log.data());
        return fail(EINVAL, std::string("compiling a shader: ") + log.data());
    }
    return shader;
}

void setFilters()
{
    // The initial ones want mipmaps; a texture without them would sample as black.
    ::glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
    ::glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
    ::glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
    ::glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
}

} // namespace

Result<std::unique_ptr<EglContext>> EglContext::create(const std::string &node)
{
    auto context = std::unique_ptr<EglContext>(new EglContext);
    context->file_.reset(::open(node.c_str(), O_RDWR | O_CLOEXEC));
    if (!context->file_) {
        return failErrno("opening " + node);
    }
    using Step = Result<void> (EglContext::*)();
    for (const Step step :
         {&EglContext::createDisplay, &EglContext::createContext, &EglContext::createProgram}) {
        if (auto done = (context.get()->*step)(); !done) {
            return tl::unexpected(std::move(done.error()));
        }
    }
    return context;
}

Result<void> EglContext::createDisplay()
{
    gbm_ = ::gbm_create_device(file_.get());
    if (gbm_ == nullptr) {
        return failErrno("gbm_create_device");
    }
    display_ = ::eglGetPlatformDisplay(EGL_PLATFORM_GBM_KHR, gbm_, nullptr);
    if (display_ == EGL_NO_DISPLAY || ::eglInitialize(display_, nullptr, nullptr) != EGL_TRUE) {
        return failEgl("eglInitialize");
    }
    const std::string_view extensions = ::eglQueryString(display_, EGL_EXTENSIONS);
    for (const auto *const needed : {"EGL_EXT_image_dma_buf_import", "EGL_KHR_no_config_context",
                                     "EGL_KHR_surfaceless_context"}) {
        if (extensions.find(needed) == std::string_view::npos) {
            return fail(ENOTSUP, std::string("EGL has no ") + needed);
        }
    }
    return {};
}

Result<void> EglContext::createContext()
{
    constexpr std::array<EGLint, 5> kAttributes{EGL_CONTEXT_MAJOR_VERSION, 3,
                                                EGL_CONTEXT_MINOR_VERSION, 0, EGL_NONE};
    ::eglBindAPI(EGL_OPENGL_ES_API);
    context_ = ::eglCreateContext(display_, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, kAttributes.data());
    if (context_ == EGL_NO_CONTEXT ||
        ::eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, context_) != EGL_TRUE) {
        return failEgl("creating an OpenGL ES 3 context");
    }
    return {};
}

Result<void> EglContext::createProgram()
{
    const auto vertex = compile(GL_VERTEX_SHADER, kVertexShader);
    if (!vertex) {
        return tl::unexpected(vertex.error());
    }
    const auto fragment = compile(GL_FRAGMENT_SHADER, kFragmentShader);
    if (!fragment) {
        return tl::unexpected(fragment.error());
    }
    program_ = ::glCreateProgram();
    ::glAttachShader(program_, *vertex);
    ::glAttachShader(program_, *fragment);
    ::glLinkProgram(program_);
    ::glDeleteShader(*vertex);
    ::glDeleteShader(*fragment);
    GLint good = GL_FALSE;
    ::glGetProgramiv(program_, GL_LINK_STATUS, &good);
    if (good != GL_TRUE) {
        return fail(EINVAL, "linking the shaders");
    }
    return {};
}

EglContext::~EglContext()
{
    if (display_ != EGL_NO_DISPLAY) {
        if (context_ != EGL_NO_CONTEXT) {
            ::glDeleteTextures(static_cast<GLsizei>(textures_.size()), textures_.data());
            ::glDeleteProgram(program_);
        }
        for (const EGLImage image : images_) {
            ::eglDestroyImage(display_, image);
        }
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

std::string EglContext::renderer() const
{
    return reinterpret_cast<const char *>(::glGetString(GL_RENDERER));
}

Result<GLuint> EglContext::importTexture(const ImportedPlane &plane)
{
    const std::array<EGLAttrib, 17> attributes{EGL_WIDTH,
                                               EGLAttrib{plane.width},
                                               EGL_HEIGHT,
                                               EGLAttrib{plane.height},
                                               EGL_LINUX_DRM_FOURCC_EXT,
                                               EGLAttrib{plane.drmFormat},
                                               EGL_DMA_BUF_PLANE0_FD_EXT,
                                               EGLAttrib{plane.dmaBuf},
                                               EGL_DMA_BUF_PLANE0_OFFSET_EXT,
                                               EGLAttrib{plane.offset},
                                               EGL_DMA_BUF_PLANE0_PITCH_EXT,
                                               EGLAttrib{plane.stride},
                                               EGL_DMA_BUF_PLANE0_MODIFIER_LO_EXT,
                                               DRM_FORMAT_MOD_LINEAR & 0xffffffff,
                                               EGL_DMA_BUF_PLANE0_MODIFIER_HI_EXT,
                                               DRM_FORMAT_MOD_LINEAR >> 32,
                                               EGL_NONE};
    const auto imageTarget = reinterpret_cast<PFNGLEGLIMAGETARGETTEXTURE2DOESPROC>(
        ::eglGetProcAddress("glEGLImageTargetTexture2DOES"));
    if (imageTarget == nullptr) {
        return fail(ENOTSUP, "OpenGL ES has no glEGLImageTargetTexture2DOES");
    }
    const EGLImage image = ::eglCreateImage(display_, EGL_NO_CONTEXT, EGL_LINUX_DMA_BUF_EXT,
                                            nullptr, attributes.data());
    if (image == EGL_NO_IMAGE) {
        return failEgl("eglCreateImage of a DMA-BUF");
    }
    images_.push_back(image);
    GLuint texture = 0;
    ::glGenTextures(1, &texture);
    textures_.push_back(texture);
    ::glBindTexture(GL_TEXTURE_2D, texture);
    imageTarget(GL_TEXTURE_2D, image);
    setFilters();
    if (const GLenum error = ::glGetError(); error != GL_NO_ERROR) {
        return fail(EIO, "glEGLImageTargetTexture2DOES: GL error " + std::to_string(error));
    }
    return texture;
}

GLuint EglContext::uploadTexture(uint32_t width, uint32_t height, const void *bytes)
{
    GLuint texture = 0;
    ::glGenTextures(1, &texture);
    textures_.push_back(texture);
    ::glBindTexture(GL_TEXTURE_2D, texture);
    ::glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
    ::glTexImage2D(GL_TEXTURE_2D, 0, GL_R8, static_cast<GLsizei>(width),
                   static_cast<GLsizei>(height), 0, GL_RED, GL_UNSIGNED_BYTE, bytes);
    setFilters();
    return texture;
}

Result<Pixels> EglContext::draw(GLuint texture, uint32_t width, uint32_t height, uint32_t scale)
{
    const auto columns = static_cast<GLsizei>(width);
    const auto rows = static_cast<GLsizei>(height);
    GLuint target = 0;
    ::glGenRenderbuffers(1, &target);
    ::glBindRenderbuffer(GL_RENDERBUFFER, target);
    ::glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA32UI, columns, rows);
    GLuint framebuffer = 0;
    ::glGenFramebuffers(1, &framebuffer);
    ::glBindFramebuffer(GL_FRAMEBUFFER, framebuffer);
    ::glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, target);

    ::glViewport(0, 0, columns, rows);
    ::glUseProgram(program_);
    ::glUniform1i(::glGetUniformLocation(program_, "plane"), 0);
    ::glUniform1f(::glGetUniformLocation(program_, "scale"), static_cast<GLfloat>(scale));
    ::glActiveTexture(GL_TEXTURE0);
    ::glBindTexture(GL_TEXTURE_2D, texture);
    ::glDrawArrays(GL_TRIANGLES, 0, 3);

    std::vector<uint32_t> drawn(size_t{width} * height * 4);
    ::glReadPixels(0, 0, columns, rows, GL_RGBA_INTEGER, GL_UNSIGNED_INT, drawn.data());
    ::glDeleteFramebuffers(1, &framebuffer);
    ::glDeleteRenderbuffers(1, &target);
    if (const GLenum error = ::glGetError(); error != GL_NO_ERROR) {
        return fail(EIO, "drawing: GL error " + std::to_string(error));
    }
    Pixels pixels;
    pixels.reserve(drawn.size() / 2);
    for (size_t i = 0; i < drawn.size(); i += 4) {
        pixels.push_back(drawn[i]);
        pixels.push_back(drawn[i + 1]);
    }
    return pixels;
}

} // namespace daedalus::test
