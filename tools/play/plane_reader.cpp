// SPDX-License-Identifier: BSD-2-Clause
#include "plane_reader.h"

#include "video_program.h"

namespace daedalus::play {
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

/// The part of @p plane that belongs to @p visible.
SampleRect partOf(unsigned plane, const SampleRect &visible)
{
    if (plane == 0) {
        return visible;
    }
    const uint32_t x = visible.x / 2;
    const uint32_t y = visible.y / 2;
    return {.x = x,
            .y = y,
            .width = (visible.x + visible.width + 1) / 2 - x,
            .height = (visible.y + visible.height + 1) / 2 - y};
}

/// Adds a component of each of @p pixels to @p samples.
void append(std::vector<uint8_t> &samples, const std::vector<uint32_t> &pixels, unsigned component,
            const FormatInfo &format)
{
    constexpr unsigned kComponents = 4;
    constexpr unsigned kWordBits = 16;
    // P010 has its samples in the high end of a word.
    const unsigned shift =
        format.bytesPerSample == 2 && format.semiPlanar() ? kWordBits - format.bitDepth : 0U;
    for (size_t i = component; i < pixels.size(); i += kComponents) {
        const uint32_t sample = pixels[i] >> shift;
        samples.push_back(static_cast<uint8_t>(sample & 0xff));
        if (format.bytesPerSample == 2) {
            samples.push_back(static_cast<uint8_t>(sample >> 8));
        }
    }
}

} // namespace

Result<std::vector<uint8_t>> PlaneReader::read(const ImportedSurface &surface,
                                               const FormatInfo &format, const SampleRect &visible)
{
    if (surface.mode() != ImportMode::Planes) {
        return fail(EINVAL, "an external texture shows RGB only: its samples cannot be read");
    }
    if (!program_) {
        auto program = ShaderProgram::build(kRectangleShader, kFragmentShader);
        if (!program) {
            return tl::unexpected(program.error());
        }
        planeAt_ = program->uniform("plane");
        originAt_ = program->uniform("origin");
        largestAt_ = program->uniform("largest");
        program_ = std::move(*program);
    }
    program_->use();
    ::glUniform4f(program_->uniform("rect"), -1.0F, -1.0F, 2.0F, 2.0F);
    ::glUniform1f(largestAt_, format.bytesPerSample == 1 ? 255.0F : 65535.0F);
    surface.bind();
    std::vector<uint8_t> samples;
    for (unsigned plane = 0; plane < format.planes; ++plane) {
        if (auto done = readPlane(plane, partOf(plane, visible)); !done) {
            return tl::unexpected(done.error());
        }
        const bool both = plane > 0 && format.semiPlanar();
        for (unsigned component = 0; component < (both ? 2U : 1U); ++component) {
            append(samples, pixels_, component, format);
        }
    }
    return samples;
}

Result<void> PlaneReader::readPlane(unsigned plane, const SampleRect &part)
{
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
    ::glUniform1i(planeAt_, static_cast<GLint>(plane));
    ::glUniform2i(originAt_, static_cast<GLint>(part.x), static_cast<GLint>(part.y));
    ::glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
    pixels_.resize(size_t{part.width} * part.height * 4);
    ::glReadPixels(0, 0, width, height, GL_RGBA_INTEGER, GL_UNSIGNED_INT, pixels_.data());
    ::glBindFramebuffer(GL_FRAMEBUFFER, 0);
    return checkGl("reading a plane");
}

} // namespace daedalus::play
