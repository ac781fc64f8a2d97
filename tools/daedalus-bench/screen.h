// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <string>

extern "C" {
#include <libavutil/frame.h>
}

#include "daedalus/result.h"

namespace daedalus::bench {

/// Where pictures are shown: gets each into textures, and draws a grid of their samples. The
/// drawing is little work and the same for every kind of screen, and reads the textures in all
/// their parts, so that it cannot be done before the picture is there.
///
/// For one thread, the one that opened it.
class Screen {
public:
    Screen(const Screen &) = delete;
    Screen &operator=(const Screen &) = delete;
    virtual ~Screen() = default;

    /// Shows @p frame, a complete picture. When this returns it has been drawn.
    /// @returns ENOTSUP: a format that this screen does not take; EIO: OpenGL failed
    virtual Result<void> show(const AVFrame &frame) = 0;

    /// A hash of what was drawn so far, of all pictures in their order: the same for all screens
    /// that showed the same pictures.
    [[nodiscard]] virtual uint64_t digest() const = 0;
    /// Of OpenGL, for people.
    [[nodiscard]] virtual std::string renderer() const = 0;

protected:
    Screen() = default;
};

/// Takes planar pictures in memory, and uploads each with glTexSubImage2D.
/// @param node the device that VA-API is used on; Mesa may draw on another of its nodes
Result<std::unique_ptr<Screen>> openUploadScreen(const std::string &node);

/// Takes planar surfaces of a SurfacePool: the textures are the surfaces' memory, imported when
/// one is seen for the first time.
Result<std::unique_ptr<Screen>> openImportScreen(const std::string &node);

} // namespace daedalus::bench
