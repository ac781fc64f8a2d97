// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-bench/sample_grid.h"

#include <array>

#include "tools/common/egl_device.h"

namespace daedalus::bench {
namespace {

/// Samples of a plane that are drawn, in each direction.
constexpr GLsizei kSide = 32;

constexpr const char *kFragmentShader = R"(#version 300 es
precision highp float;
precision highp int;
uniform highp sampler2D luma;
uniform highp sampler2D blue;
uniform highp sampler2D red;
uniform ivec2 size;
uniform float largest;
out uvec4 value;
void main()
{
    // From the middle of each of the grid's cells.
    ivec2 place = (ivec2(gl_FragCoord.xy) * 2 + 1) * size / (2 * 32);
    value = uvec4(round(texelFetch(luma, place, 0).r * largest),
                  round(texelFetch(blue, place / 2, 0).r * largest),
                  round(texelFetch(red, place / 2, 0).r * largest), 0u);
}
)";

} // namespace

Result<SampleGrid> SampleGrid::make()
{
    auto program = tools::ShaderProgram::buildForEveryPixel(kFragmentShader);
    if (!program) {
        return tl::unexpected(program.error());
    }
    SampleGrid grid(std::move(*program));
    ::glBindRenderbuffer(GL_RENDERBUFFER, grid.target_.get());
    ::glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA32UI, kSide, kSide);
    ::glBindFramebuffer(GL_FRAMEBUFFER, grid.framebuffer_.get());
    ::glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER,
                                grid.target_.get());
    ::glViewport(0, 0, kSide, kSide);
    grid.program_.use();
    for (const auto &[name, unit] :
         {std::pair{"luma", 0}, std::pair{"blue", 1}, std::pair{"red", 2}}) {
        ::glUniform1i(grid.program_.uniform(name), unit);
    }
    grid.sizeAt_ = grid.program_.uniform("size");
    grid.largestAt_ = grid.program_.uniform("largest");
    if (auto made = tools::checkGl("preparing to draw"); !made) {
        return tl::unexpected(made.error());
    }
    return grid;
}

Result<void> SampleGrid::draw(int width, int height, uint32_t largest)
{
    constexpr size_t kComponents = 4;
    constexpr uint64_t kPrime = 1099511628211U;
    std::array<uint32_t, size_t{kSide} * kSide * kComponents> drawn{};
    ::glUniform2i(sizeAt_, width, height);
    ::glUniform1f(largestAt_, static_cast<GLfloat>(largest));
    ::glDrawArrays(GL_TRIANGLES, 0, 3);
    ::glReadPixels(0, 0, kSide, kSide, GL_RGBA_INTEGER, GL_UNSIGNED_INT, drawn.data());
    for (const uint32_t value : drawn) {
        digest_ = (digest_ ^ value) * kPrime;
    }
    return tools::checkGl("drawing");
}

} // namespace daedalus::bench
