// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <optional>
#include <vector>

#include "tools/common/egl_image.h"
#include "tools/common/gl_objects.h"
#include "tools/daedalus-play/video_program.h"

namespace daedalus::play {

/// Something to draw on. Row 0 is the upper one.
class Canvas {
public:
    /// Memory of OpenGL's own.
    static Result<Canvas> create(const PixelSize &size);
    /// A buffer that somebody else shows.
    /// @param layer RGB, of one plane
    static Result<Canvas> onBuffer(const tools::EglDevice &device,
                                   const tools::ExportedLayer &layer);

    [[nodiscard]] PixelSize size() const { return size_; }
    /// Makes it what OpenGL draws on and reads from.
    void use() const;
    /// Four bytes a pixel: red, green, blue, alpha.
    [[nodiscard]] Result<std::vector<uint8_t>> read() const;

private:
    explicit Canvas(const PixelSize &size) : size_(size) {}
    Result<void> complete();

    PixelSize size_;
    std::optional<tools::EglImage> image_;
    tools::GlTexture texture_;
    tools::GlFramebuffer framebuffer_;
};

} // namespace daedalus::play
