// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/video_program.h"

#include <string>

namespace daedalus::play {

// Row 0 of a target is its first in memory, which is the upper one for everybody but OpenGL:
// y grows downwards here, and nothing has to be turned round when it is read or shown.
const char *const kRectangleShader = R"(#version 300 es
precision highp float;
uniform vec4 rect;
out vec2 place;
void main()
{
    place = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1));
    gl_Position = vec4(rect.xy + place * rect.zw, 0.0, 1.0);
}
)";

namespace {

constexpr const char *kExternalHead = R"(#version 300 es
#extension GL_OES_EGL_image_external_essl3 : require
precision highp float;
uniform highp samplerExternalOES plane0;
)";

constexpr const char *kPlanesHead = R"(#version 300 es
precision highp float;
uniform highp sampler2D plane0;
uniform highp sampler2D plane1;
uniform highp sampler2D plane2;
)";

constexpr const char *kUniforms = R"(
uniform vec4 visible;
uniform vec2 lumaSize;
uniform vec2 chromaSize;
uniform vec2 chromaShift;
uniform mat3 toRgb;
uniform vec3 offset;
uniform float scale;
in vec2 place;
out vec4 colour;

// In luma samples, sample n reaching from n to n + 1.
vec2 lumaPlace()
{
    return visible.xy + clamp(place * visible.zw, vec2(0.5), visible.zw - 0.5);
}

// In chroma samples, each of which stands for two luma samples in each direction.
vec2 chromaPlace()
{
    vec2 first = floor(visible.xy / 2.0);
    vec2 end = ceil((visible.xy + visible.zw) / 2.0);
    return clamp((lumaPlace() - chromaShift) / 2.0, first + 0.5, end - 0.5);
}
)";

constexpr const char *kExternalMain = R"(
void main()
{
    colour = vec4(texture(plane0, lumaPlace() / lumaSize).rgb, 1.0);
}
)";

constexpr const char *kTwoPlanesMain = R"(
void main()
{
    vec2 chroma = chromaPlace() / chromaSize;
    vec3 samples = vec3(texture(plane0, lumaPlace() / lumaSize).r, texture(plane1, chroma).rg);
    colour = vec4(clamp(toRgb * (samples * scale - offset), 0.0, 1.0), 1.0);
}
)";

constexpr const char *kThreePlanesMain = R"(
void main()
{
    vec2 chroma = chromaPlace() / chromaSize;
    vec3 samples = vec3(texture(plane0, lumaPlace() / lumaSize).r, texture(plane1, chroma).r,
                        texture(plane2, chroma).r);
    colour = vec4(clamp(toRgb * (samples * scale - offset), 0.0, 1.0), 1.0);
}
)";

std::string fragmentShader(unsigned textures)
{
    if (textures == 1) {
        return std::string(kExternalHead) + kUniforms + kExternalMain;
    }
    return std::string(kPlanesHead) + kUniforms +
           (textures == 2 ? kTwoPlanesMain : kThreePlanesMain);
}

} // namespace

std::array<float, 4> clipRect(const PixelRect &rect, const PixelSize &target)
{
    const auto width = static_cast<float>(target.width);
    const auto height = static_cast<float>(target.height);
    return {2.0F * static_cast<float>(rect.x) / width - 1.0F,
            2.0F * static_cast<float>(rect.y) / height - 1.0F,
            2.0F * static_cast<float>(rect.width) / width,
            2.0F * static_cast<float>(rect.height) / height};
}

Result<const VideoProgram::Variant *> VideoProgram::variantFor(tools::ImportMode mode,
                                                               unsigned planes)
{
    const unsigned textures = mode == tools::ImportMode::OneImage ? 1U : planes;
    if (const auto known = variants_.find(textures); known != variants_.end()) {
        return &known->second;
    }
    auto program = tools::ShaderProgram::build(kRectangleShader, fragmentShader(textures));
    if (!program) {
        return tl::unexpected(program.error());
    }
    program->use();
    ::glUniform1i(program->uniform("plane0"), 0);
    ::glUniform1i(program->uniform("plane1"), 1);
    ::glUniform1i(program->uniform("plane2"), 2);
    Variant variant{.program = std::move(*program)};
    const tools::ShaderProgram &built = variant.program;
    variant.rect = built.uniform("rect");
    variant.visible = built.uniform("visible");
    variant.lumaSize = built.uniform("lumaSize");
    variant.chromaSize = built.uniform("chromaSize");
    variant.chromaShift = built.uniform("chromaShift");
    variant.toRgb = built.uniform("toRgb");
    variant.offset = built.uniform("offset");
    variant.scale = built.uniform("scale");
    return &variants_.emplace(textures, std::move(variant)).first->second;
}

Result<void> VideoProgram::draw(const Draw &draw)
{
    const gbm::FormatInfo &format = *draw.shape.format;
    const auto variant = variantFor(draw.surface->mode(), format.planes);
    if (!variant) {
        return tl::unexpected(variant.error());
    }
    const Variant &use = **variant;
    use.program.use();
    const auto f = [](auto value) { return static_cast<float>(value); };
    const auto rect = clipRect(draw.where, draw.target);
    ::glUniform4f(use.rect, rect[0], rect[1], rect[2], rect[3]);
    ::glUniform4f(use.visible, f(draw.visible.x), f(draw.visible.y), f(draw.visible.width),
                  f(draw.visible.height));
    ::glUniform2f(use.lumaSize, f(draw.shape.width), f(draw.shape.height));
    ::glUniform2f(use.chromaSize, f((draw.shape.width + 1) / 2), f((draw.shape.height + 1) / 2));
    ::glUniform2f(use.chromaShift, draw.colours.chromaX, draw.colours.chromaY);
    const tools::RgbConversion conversion = tools::rgbConversion(draw.colours, format.bitDepth);
    ::glUniformMatrix3fv(use.toRgb, 1, GL_FALSE, conversion.matrix.data());
    ::glUniform3fv(use.offset, 1, conversion.offset.data());
    ::glUniform1f(use.scale, tools::textureScale(format));
    draw.surface->bind();
    ::glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
    return tools::checkGl("drawing a picture");
}

} // namespace daedalus::play
