// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "tools/daedalus-play/compositor.h"

namespace daedalus::play {

/// Looks at what the player draws.
class Observer {
public:
    Observer() = default;
    Observer(const Observer &) = delete;
    Observer &operator=(const Observer &) = delete;
    virtual ~Observer() = default;

    /// Composed picture @p number, from 0, is on @p canvas and the GPU is done.
    virtual Result<void> drawn(Compositor &compositor, const Canvas &canvas, uint64_t number) = 0;
    /// After the last one. @p canvas still has it; null where none was drawn.
    virtual Result<void> ended(const Canvas *canvas) = 0;
};

/// Writes one composed picture to a PNG.
/// @param number of the picture; none for the last one
std::unique_ptr<Observer> makeScreenshot(std::string file, std::optional<uint64_t> number);

/// What a contact sheet is like.
struct SheetShape {
    int columns = 4;
    int rows = 4;
    PixelSize tile;
    uint64_t every = 1; ///< composed pictures from one tile to the next
};

/// Many small composed pictures on one PNG, drawn from the same textures.
Result<std::unique_ptr<Observer>> makeContactSheet(std::string file, const SheetShape &shape);

/// Writes a line for each picture of the first stream that was shown: the number of bytes and
/// the MD5 of its samples as tight planar YUV, read back from the textures.
Result<std::unique_ptr<Observer>> makeTextureList(const std::string &file);

} // namespace daedalus::play
