// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string_view>

#include "tools/common/gl_objects.h"
#include "tools/common/shader_program.h"
#include "tools/daedalus-play/video_program.h"

namespace daedalus::play {

/// Draws a line of text on a half-transparent bar. The letters are a texture that is made
/// once; which ones to draw are a uniform, so that a changing text uploads nothing.
class TextProgram {
public:
    static Result<TextProgram> create();

    /// Letters that a line may have; what is beyond is left out.
    static constexpr unsigned kLongest = 96;

    /// @param pixel how large to draw a pixel of a letter
    void draw(std::string_view text, int x, int y, int pixel, const PixelSize &target) const;

    /// Height of a line with its bar.
    static int height(int pixel);

private:
    TextProgram(tools::ShaderProgram program, tools::GlTexture letters);

    tools::ShaderProgram program_;
    tools::GlTexture letters_;
    GLint rect_;
    GLint grid_;
    GLint text_;
};

} // namespace daedalus::play
