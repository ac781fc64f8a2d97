// SPDX-License-Identifier: BSD-2-Clause
#include "tools/common/imported_surface.h"

#include "tools/common/exported_surface.h"

namespace daedalus::tools {

std::string_view describe(ImportMode mode)
{
    return mode == ImportMode::OneImage ? "one external image" : "one image a plane";
}

Result<ImportedSurface> ImportedSurface::import(const EglDevice &device, VADisplay display,
                                                VASurfaceID surface,
                                                const SurfacePool::Shape &shape, ImportMode mode,
                                                const Colours &colours)
{
    const bool whole = mode == ImportMode::OneImage;
    const auto exported =
        exportSurface(display, surface, whole ? ExportLayers::Composed : ExportLayers::Separate,
                      shape.format->va, shape.width, shape.height);
    if (!exported) {
        return tl::unexpected(exported.error());
    }
    ImportedSurface imported(mode);
    for (const ExportedLayer &layer : exported->layers) {
        auto image = EglImage::import(device, layer, whole ? &colours : nullptr);
        if (!image) {
            return tl::unexpected(image.error());
        }
        GlTexture texture = GlTexture::make();
        ::glBindTexture(imported.target(), texture.get());
        if (auto bound = image->bindTo(imported.target()); !bound) {
            return tl::unexpected(bound.error());
        }
        imported.images_.push_back(std::move(*image));
        imported.textures_.push_back(std::move(texture));
    }
    return imported;
}

void ImportedSurface::bind() const
{
    for (size_t unit = 0; unit < textures_.size(); ++unit) {
        ::glActiveTexture(GL_TEXTURE0 + static_cast<GLenum>(unit));
        ::glBindTexture(target(), textures_[unit].get());
    }
}

} // namespace daedalus::tools
