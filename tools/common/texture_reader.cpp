// SPDX-License-Identifier: BSD-2-Clause
#include "tools/common/texture_reader.h"

#include "tools/common/egl_device.h"
#include "tools/common/gl_objects.h"

namespace daedalus::tools {
namespace {

constexpr const char *kFragmentShader = R"(#version 300 es
precision highp float;
precision highp int;
uniform highp sampler2D plane;
uniform ivec2 origin;
uniform float largest;
out uvec4 value;
void main()
{
    value = uvec4(round(texelFetch(plane, ivec2(gl_FragCoord.xy) + origin, 0) * largest));
}
)";

} // namespace

Result<void> TextureReader::build()
{
    auto program = ShaderProgram::buildForEveryPixel(kFragmentShader);
    if (!program) {
        return tl::unexpected(program.error());
    }
    planeAt_ = program->uniform("plane");
    originAt_ = program->uniform("origin");
    largestAt_ = program->uniform("largest");
    program_ = std::move(*program);
    return {};
}

Result<std::vector<uint32_t>> TextureReader::read(GLint unit, const TexelRect &part,
                                                  uint32_t largest)
{
    constexpr size_t kComponents = 4;
    if (!program_) {
        if (auto built = build(); !built) {
            return tl::unexpected(built.error());
        }
    }
    const auto width = static_cast<GLsizei>(part.width);
    const auto height = static_cast<GLsizei>(part.height);
    const GlRenderbuffer target = GlRenderbuffer::make();
    ::glBindRenderbuffer(GL_RENDERBUFFER, target.get());
    ::glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA32UI, width, height);
    const GlFramebuffer framebuffer = GlFramebuffer::make();
    ::glBindFramebuffer(GL_FRAMEBUFFER, framebuffer.get());
    ::glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER,
                                target.get());
    ::glViewport(0, 0, width, height);
    ::glDisable(GL_BLEND);
    program_->use();
    ::glUniform1i(planeAt_, unit);
    ::glUniform2i(originAt_, static_cast<GLint>(part.x), static_cast<GLint>(part.y));
    ::glUniform1f(largestAt_, static_cast<GLfloat>(largest));
    ::glDrawArrays(GL_TRIANGLES, 0, 3);
    std::vector<uint32_t> pixels(size_t{part.width} * part.height * kComponents);
    ::glReadPixels(0, 0, width, height, GL_RGBA_INTEGER, GL_UNSIGNED_INT, pixels.data());
    ::glBindFramebuffer(GL_FRAMEBUFFER, 0);
    if (auto drawn = checkGl("reading a texture"); !drawn) {
        return tl::unexpected(drawn.error());
    }
    return pixels;
}

} // namespace daedalus::tools
