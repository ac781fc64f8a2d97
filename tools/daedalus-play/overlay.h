// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "tools/common/gl_objects.h"
#include "tools/common/shader_program.h"
#include "tools/daedalus-play/png_file.h"
#include "tools/daedalus-play/video_program.h"

namespace daedalus::play {

/// A picture with transparency that lies over everything, in the upper right corner.
class Overlay {
public:
    static Result<Overlay> create(const RgbaPicture &picture);

    /// Draws it pixel for pixel, or smaller where it is larger than a quarter of @p area.
    void draw(const PixelRect &area, const PixelSize &target) const;

private:
    Overlay(tools::ShaderProgram program, tools::GlTexture texture, const PixelSize &size)
        : program_(std::move(program)), texture_(std::move(texture)), size_(size)
    {}

    tools::ShaderProgram program_;
    tools::GlTexture texture_;
    PixelSize size_;
};

} // namespace daedalus::play
