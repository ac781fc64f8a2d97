// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/screenshot.h"

#include <cerrno>

#include "tools/daedalus-play/png_file.h"

namespace daedalus::play {

Result<void> Screenshot::write(const Canvas &canvas)
{
    auto pixels = canvas.read();
    if (!pixels) {
        return tl::unexpected(pixels.error());
    }
    written_ = true;
    return writePng(file_, {.size = canvas.size(), .pixels = std::move(*pixels)});
}

Result<void> Screenshot::drawn(Compositor & /*compositor*/, const Canvas &canvas, uint64_t number)
{
    return number_ == number ? write(canvas) : Result<void>();
}

Result<void> Screenshot::ended(const Canvas *canvas)
{
    if (written_) {
        return {};
    }
    if (number_ || canvas == nullptr) {
        return fail(ENODATA, file_ + ": that picture was not reached");
    }
    return write(*canvas);
}

} // namespace daedalus::play
