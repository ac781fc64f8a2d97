// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/contact_sheet.h"

#include <cerrno>

#include "tools/daedalus-play/png_file.h"

namespace daedalus::play {
namespace {

constexpr int kGap = 4; ///< pixels around each tile

} // namespace

Result<std::unique_ptr<ContactSheet>> ContactSheet::create(std::string file, const Shape &shape)
{
    auto canvas = Canvas::create({.width = shape.columns * (shape.tile.width + kGap) + kGap,
                                  .height = shape.rows * (shape.tile.height + kGap) + kGap});
    if (!canvas) {
        return tl::unexpected(canvas.error());
    }
    Compositor::clear(*canvas);
    return std::unique_ptr<ContactSheet>(
        new ContactSheet(std::move(file), shape, std::move(*canvas)));
}

Result<void> ContactSheet::drawn(Compositor &compositor, const Canvas & /*canvas*/, uint64_t number)
{
    if (number % shape_.every != 0 || tiles_ >= shape_.columns * shape_.rows) {
        return {};
    }
    const PixelRect tile{.x = kGap + tiles_ % shape_.columns * (shape_.tile.width + kGap),
                         .y = kGap + tiles_ / shape_.columns * (shape_.tile.height + kGap),
                         .width = shape_.tile.width,
                         .height = shape_.tile.height};
    ++tiles_;
    if (auto done = compositor.draw(sheet_, tile, {}); !done) {
        return done;
    }
    return Compositor::finish();
}

Result<void> ContactSheet::ended(const Canvas * /*canvas*/)
{
    if (tiles_ == 0) {
        return fail(ENODATA, file_ + ": there was no picture to put on it");
    }
    auto pixels = sheet_.read();
    if (!pixels) {
        return tl::unexpected(pixels.error());
    }
    return writePng(file_, {.size = sheet_.size(), .pixels = std::move(*pixels)});
}

} // namespace daedalus::play
