// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/daedalus-play/canvas.h"
#include "tools/daedalus-play/overlay.h"
#include "tools/daedalus-play/surface_textures.h"
#include "tools/daedalus-play/text_program.h"
#include "tools/daedalus-play/video_frame.h"

namespace daedalus::play {

/// Puts the current pictures of several streams together on a canvas.
///
/// A picture is kept until the next one of its stream takes its place, and by then the GPU is
/// done with it: after each draw(), finish() has to be called, which waits for the GPU. So no
/// surface goes back to a decoder while it is being read.
class Compositor {
public:
    /// @param cells how many streams there are
    static Result<std::unique_ptr<Compositor>> create(const tools::EglDevice &device,
                                                      const SurfaceChoice &choice, size_t cells);

    void setOverlay(Overlay overlay) { overlay_ = std::move(overlay); }

    /// Makes @p frame the picture of @p cell.
    void setFrame(size_t cell, std::unique_ptr<VideoFrame> frame);
    /// The picture of a cell, null before the first.
    [[nodiscard]] const VideoFrame *frame(size_t cell) const { return frames_[cell].get(); }
    /// The textures of that picture.
    Result<const tools::ImportedSurface *> textures(size_t cell)
    {
        return textures_.of(*frames_[cell]);
    }

    /// Clears a canvas to black.
    static void clear(const Canvas &canvas);
    /// Draws all pictures into a part of @p canvas.
    /// @param text a line for the lower edge; empty for none
    Result<void> draw(const Canvas &canvas, const PixelRect &area, const std::string &text);
    /// Waits until the GPU has drawn.
    static Result<void> finish();

    [[nodiscard]] const SurfaceTextures &textures() const { return textures_; }

private:
    Compositor(const tools::EglDevice &device, const SurfaceChoice &choice, size_t cells,
               TextProgram text);

    SurfaceTextures textures_;
    VideoProgram video_;
    TextProgram text_;
    std::optional<Overlay> overlay_;
    std::vector<std::unique_ptr<VideoFrame>> frames_;
};

} // namespace daedalus::play
