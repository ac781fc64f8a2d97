// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <map>

#include "tools/common/imported_surface.h"
#include "tools/common/shader_program.h"
#include "tools/daedalus-play/video_frame.h"

namespace daedalus::play {

/// A rectangle of pixels of a target, the origin in its upper left corner.
struct PixelRect {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
};

/// Size of a target in pixels.
struct PixelSize {
    int width = 0;
    int height = 0;
};

/// Draws pictures: samples to RGB, scaled with linear filters. Never looks at samples outside
/// of the visible rectangle, whose neighbours are padding.
class VideoProgram {
public:
    /// What to draw and where to.
    struct Draw {
        const tools::ImportedSurface *surface = nullptr;
        tools::SurfacePool::Shape shape;
        SampleRect visible;
        tools::Colours colours;
        PixelRect where;
        PixelSize target;
    };

    /// @return an Error where the driver does not take the shaders
    Result<void> draw(const Draw &draw);

private:
    struct Variant {
        tools::ShaderProgram program;
        GLint rect = -1;
        GLint visible = -1;
        GLint lumaSize = -1;
        GLint chromaSize = -1;
        GLint chromaShift = -1;
        GLint toRgb = -1;
        GLint offset = -1;
        GLint scale = -1;
    };
    Result<const Variant *> variantFor(tools::ImportMode mode, unsigned planes);

    std::map<unsigned, Variant> variants_; ///< by number of textures: 1 is external
};

/// Where @p rect is for OpenGL: left, top, width and height, from -1 to 1. Row 0 of a target is
/// its first in memory.
std::array<float, 4> clipRect(const PixelRect &rect, const PixelSize &target);

/// The vertex shader for rectangles: uniform vec4 rect of clipRect(), output vec2 place
/// from (0, 0), upper left, to (1, 1).
extern const char *const kRectangleShader;

} // namespace daedalus::play
