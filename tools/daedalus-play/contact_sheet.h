// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>

#include "tools/daedalus-play/observer.h"

namespace daedalus::play {

/// Many small composed pictures on one PNG, drawn from the same textures.
class ContactSheet : public Observer {
public:
    struct Shape {
        int columns = 4;
        int rows = 4;
        PixelSize tile;
        uint64_t every = 1; ///< composed pictures from one tile to the next
    };
    static Result<std::unique_ptr<ContactSheet>> create(std::string file, const Shape &shape);

    Result<void> drawn(Compositor &compositor, const Canvas &canvas, uint64_t number) override;
    Result<void> ended(const Canvas *canvas) override;

private:
    ContactSheet(std::string file, const Shape &shape, Canvas canvas)
        : file_(std::move(file)), shape_(shape), sheet_(std::move(canvas))
    {}

    std::string file_;
    Shape shape_;
    Canvas sheet_;
    int tiles_ = 0;
};

} // namespace daedalus::play
