// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daedalus/result.h"
#include "tools/common/shader_program.h"

namespace daedalus::tools {

/// A rectangle of a texture's pixels.
struct TexelRect {
    uint32_t x = 0;
    uint32_t y = 0;
    uint32_t width = 0;
    uint32_t height = 0;
};

/// Reads what textures show, pixel by pixel, by drawing them: a texture that is somebody's memory
/// cannot be read in another way. Slow, for comparing it with what it should be.
class TextureReader {
public:
    /// @param unit where the texture is bound
    /// @param largest value of a component: 255, or 65535 for those of 16 bits
    /// @return four components a pixel, row by row; those that the texture has not are 0, alpha is
    /// @p largest
    Result<std::vector<uint32_t>> read(GLint unit, const TexelRect &part, uint32_t largest);

private:
    Result<void> build();

    std::optional<ShaderProgram> program_;
    GLint planeAt_ = -1;
    GLint originAt_ = -1;
    GLint largestAt_ = -1;
};

} // namespace daedalus::tools
