// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>

#include "daedalus/result.h"
#include "tools/common/gl_objects.h"
#include "tools/common/shader_program.h"

namespace daedalus::bench {

/// Draws samples of a planar picture, from a grid over all of it, and keeps a hash of what it
/// drew.
class SampleGrid {
public:
    static Result<SampleGrid> make();

    /// Draws from the textures of the three planes, bound to units 0 to 2, and waits for it.
    /// @param width,height of the visible picture, in luma samples
    /// @param largest value of a texture's component: 255 or 65535
    Result<void> draw(int width, int height, uint32_t largest);

    /// Of all that was drawn (FNV-1a).
    [[nodiscard]] uint64_t digest() const { return digest_; }

private:
    explicit SampleGrid(tools::ShaderProgram program) : program_(std::move(program)) {}

    tools::ShaderProgram program_;
    tools::GlRenderbuffer target_ = tools::GlRenderbuffer::make();
    tools::GlFramebuffer framebuffer_ = tools::GlFramebuffer::make();
    GLint sizeAt_ = -1;
    GLint largestAt_ = -1;
    uint64_t digest_ = 14695981039346656037U;
};

} // namespace daedalus::bench
