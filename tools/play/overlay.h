// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "gl_objects.h"
#include "png_file.h"
#include "shader_program.h"
#include "video_program.h"

namespace daedalus::play {

/// A picture with transparency that lies over everything, in the upper right corner.
class Overlay {
public:
    static Result<Overlay> create(const RgbaPicture &picture);

    /// Draws it pixel for pixel, or smaller where it is larger than a quarter of @p area.
    void draw(const PixelRect &area, const PixelSize &target) const;

private:
    Overlay(ShaderProgram program, GlTexture texture, const PixelSize &size)
        : program_(std::move(program)), texture_(std::move(texture)), size_(size)
    {}

    ShaderProgram program_;
    GlTexture texture_;
    PixelSize size_;
};

} // namespace daedalus::play
