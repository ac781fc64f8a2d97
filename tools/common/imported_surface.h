// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string_view>
#include <vector>

#include "tools/common/colour.h"
#include "tools/common/egl_image.h"
#include "tools/common/gl_objects.h"
#include "tools/common/surface_pool.h"

namespace daedalus::tools {

/// How a surface becomes textures.
enum class ImportMode {
    OneImage, ///< all planes as one external texture, which the driver converts to RGB
    Planes,   ///< a texture for each plane, which our shader converts
};

/// For people.
std::string_view describe(ImportMode mode);

/// A surface as textures. Its memory is the surface's: what is decoded later shows without
/// anything being imported or uploaded again.
class ImportedSurface {
public:
    /// @param colours used with ImportMode::OneImage only
    static Result<ImportedSurface> import(const EglDevice &device, VADisplay display,
                                          VASurfaceID surface, const SurfacePool::Shape &shape,
                                          ImportMode mode, const Colours &colours);

    [[nodiscard]] ImportMode mode() const { return mode_; }
    /// EGLImages that were made for it.
    [[nodiscard]] size_t images() const { return images_.size(); }
    [[nodiscard]] GLenum target() const
    {
        return mode_ == ImportMode::OneImage ? GL_TEXTURE_EXTERNAL_OES : GL_TEXTURE_2D;
    }
    /// Binds the textures to units 0 and up.
    void bind() const;

private:
    explicit ImportedSurface(ImportMode mode) : mode_(mode) {}

    ImportMode mode_;
    std::vector<EglImage> images_;
    std::vector<GlTexture> textures_;
};

} // namespace daedalus::tools
