// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/text_program.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tools/daedalus-play/font.h"

namespace daedalus::play {
namespace {

// A letter's cell, with the space around it.
constexpr unsigned kCellWidth = kGlyphWidth + 1;
constexpr unsigned kCellHeight = kGlyphHeight + 4;
constexpr unsigned kLettersInWord = 4;
constexpr unsigned kWords = TextProgram::kLongest / kLettersInWord;

std::string fragmentShader()
{
    return "#version 300 es\n"
           "precision highp float;\n"
           "precision highp int;\n"
           "#define WORDS " +
           std::to_string(kWords) + R"(
uniform highp sampler2D letters;
uniform ivec2 grid;
uniform highp uint text[WORDS];
in vec2 place;
out vec4 colour;
const ivec2 cell = ivec2(6, 11);
void main()
{
    ivec2 at = ivec2(place * vec2(grid * cell));
    int number = clamp(at.x / cell.x, 0, 4 * WORDS - 1);
    uint letter = (text[number / 4] >> uint(8 * (number % 4))) & 255u;
    ivec2 inside = ivec2(at.x % cell.x, at.y - 2);
    float ink = 0.0;
    if (inside.x < 5 && inside.y >= 0 && inside.y < 7) {
        ink = texelFetch(letters, ivec2(int(letter) * 5 + inside.x, inside.y), 0).r;
    }
    colour = mix(vec4(0.0, 0.0, 0.0, 0.55), vec4(1.0), ink);
}
)";
}

tools::GlTexture makeLetters()
{
    constexpr uint8_t kInk = 255;
    const auto count = static_cast<unsigned>(fontLetters().size());
    const unsigned width = count * kGlyphWidth;
    std::vector<uint8_t> pixels(size_t{width} * kGlyphHeight);
    for (unsigned number = 0; number < count; ++number) {
        for (unsigned y = 0; y < kGlyphHeight; ++y) {
            for (unsigned x = 0; x < kGlyphWidth; ++x) {
                const unsigned bit = kGlyphWidth - 1 - x;
                if ((glyph(number)[y] >> bit & 1U) != 0) {
                    pixels[size_t{y} * width + number * kGlyphWidth + x] = kInk;
                }
            }
        }
    }
    tools::GlTexture texture = tools::GlTexture::make();
    ::glBindTexture(GL_TEXTURE_2D, texture.get());
    ::glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
    ::glTexImage2D(GL_TEXTURE_2D, 0, GL_R8, static_cast<GLsizei>(width), kGlyphHeight, 0, GL_RED,
                   GL_UNSIGNED_BYTE, pixels.data());
    ::glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
    ::glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
    return texture;
}

} // namespace

Result<TextProgram> TextProgram::create()
{
    auto program = tools::ShaderProgram::build(kRectangleShader, fragmentShader());
    if (!program) {
        return tl::unexpected(program.error());
    }
    TextProgram text(std::move(*program), makeLetters());
    if (auto good = tools::checkGl("making letters"); !good) {
        return tl::unexpected(good.error());
    }
    return text;
}

TextProgram::TextProgram(tools::ShaderProgram program, tools::GlTexture letters)
    : program_(std::move(program)), letters_(std::move(letters)), rect_(program_.uniform("rect")),
      grid_(program_.uniform("grid")), text_(program_.uniform("text"))
{
    program_.use();
    ::glUniform1i(program_.uniform("letters"), 0);
}

int TextProgram::height(int pixel)
{
    return static_cast<int>(kCellHeight) * pixel;
}

void TextProgram::draw(std::string_view text, int x, int y, int pixel,
                       const PixelSize &target) const
{
    text = text.substr(0, kLongest);
    const auto length = static_cast<unsigned>(text.size());
    std::array<GLuint, kWords> words{};
    for (unsigned i = 0; i < length; ++i) {
        words[i / kLettersInWord] |= GLuint{glyphNumber(text[i])} << (8 * (i % kLettersInWord));
    }
    program_.use();
    const auto rect = clipRect({.x = x,
                                .y = y,
                                .width = static_cast<int>(length * kCellWidth) * pixel,
                                .height = height(pixel)},
                               target);
    ::glUniform4f(rect_, rect[0], rect[1], rect[2], rect[3]);
    ::glUniform2i(grid_, static_cast<GLint>(length), 1);
    ::glUniform1uiv(text_, kWords, words.data());
    ::glActiveTexture(GL_TEXTURE0);
    ::glBindTexture(GL_TEXTURE_2D, letters_.get());
    ::glEnable(GL_BLEND);
    ::glBlendFunc(GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA);
    ::glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
    ::glDisable(GL_BLEND);
}

} // namespace daedalus::play
