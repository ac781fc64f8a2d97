// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/overlay.h"

#include <algorithm>

#include "tools/common/egl_device.h"

namespace daedalus::play {
namespace {

constexpr int kMargin = 16;

constexpr const char *kFragmentShader = R"(#version 300 es
precision highp float;
uniform highp sampler2D picture;
in vec2 place;
out vec4 colour;
void main()
{
    colour = texture(picture, place);
}
)";

} // namespace

Result<Overlay> Overlay::create(const RgbaPicture &picture)
{
    auto program = tools::ShaderProgram::build(kRectangleShader, kFragmentShader);
    if (!program) {
        return tl::unexpected(program.error());
    }
    // Filters mix neighbours, and the colour of what cannot be seen must not show at the edges.
    std::vector<uint8_t> pixels = picture.pixels;
    for (size_t i = 0; i + 3 < pixels.size(); i += 4) {
        for (size_t channel = 0; channel < 3; ++channel) {
            pixels[i + channel] =
                static_cast<uint8_t>(pixels[i + channel] * unsigned{pixels[i + 3]} / 255U);
        }
    }
    tools::GlTexture texture = tools::GlTexture::make();
    ::glBindTexture(GL_TEXTURE_2D, texture.get());
    ::glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, picture.size.width, picture.size.height, 0, GL_RGBA,
                   GL_UNSIGNED_BYTE, pixels.data());
    ::glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
    ::glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
    ::glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
    ::glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
    if (auto good = tools::checkGl("making the overlay"); !good) {
        return tl::unexpected(good.error());
    }
    return Overlay(std::move(*program), std::move(texture), picture.size);
}

void Overlay::draw(const PixelRect &area, const PixelSize &target) const
{
    const double shrink =
        std::min({1.0, 0.5 * area.width / size_.width, 0.5 * area.height / size_.height});
    const int width = std::max(1, static_cast<int>(size_.width * shrink));
    const int height = std::max(1, static_cast<int>(size_.height * shrink));
    const auto rect = clipRect({.x = area.x + area.width - width - kMargin,
                                .y = area.y + kMargin,
                                .width = width,
                                .height = height},
                               target);
    program_.use();
    ::glUniform4f(program_.uniform("rect"), rect[0], rect[1], rect[2], rect[3]);
    ::glUniform1i(program_.uniform("picture"), 0);
    ::glActiveTexture(GL_TEXTURE0);
    ::glBindTexture(GL_TEXTURE_2D, texture_.get());
    ::glEnable(GL_BLEND);
    ::glBlendFunc(GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
    ::glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
    ::glDisable(GL_BLEND);
}

} // namespace daedalus::play
