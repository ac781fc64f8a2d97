// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/observer.h"

#include <cerrno>
#include <fstream>

#include "tools/common/md5.h"
#include "tools/daedalus-play/plane_reader.h"
#include "tools/daedalus-play/png_file.h"

namespace daedalus::play {
namespace {

constexpr int kGap = 4; ///< pixels around each tile of a contact sheet

/// Writes what is on @p canvas.
Result<void> writeCanvas(const std::string &file, const Canvas &canvas)
{
    auto pixels = canvas.read();
    if (!pixels) {
        return tl::unexpected(pixels.error());
    }
    return writePng(file, {.size = canvas.size(), .pixels = std::move(*pixels)});
}

class Screenshot : public Observer {
public:
    Screenshot(std::string file, std::optional<uint64_t> number)
        : file_(std::move(file)), number_(number)
    {}

    Result<void> drawn(Compositor & /*compositor*/, const Canvas &canvas, uint64_t number) override
    {
        return number_ == number ? write(canvas) : Result<void>();
    }

    Result<void> ended(const Canvas *canvas) override
    {
        if (written_) {
            return {};
        }
        if (number_ || canvas == nullptr) {
            return fail(ENODATA, file_ + ": that picture was not reached");
        }
        return write(*canvas);
    }

private:
    Result<void> write(const Canvas &canvas)
    {
        written_ = true;
        return writeCanvas(file_, canvas);
    }

    std::string file_;
    std::optional<uint64_t> number_;
    bool written_ = false;
};

class ContactSheet : public Observer {
public:
    ContactSheet(std::string file, const SheetShape &shape, Canvas canvas)
        : file_(std::move(file)), shape_(shape), sheet_(std::move(canvas))
    {}

    Result<void> drawn(Compositor &compositor, const Canvas & /*canvas*/, uint64_t number) override
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

    Result<void> ended(const Canvas * /*canvas*/) override
    {
        if (tiles_ == 0) {
            return fail(ENODATA, file_ + ": there was no picture to put on it");
        }
        return writeCanvas(file_, sheet_);
    }

private:
    std::string file_;
    SheetShape shape_;
    Canvas sheet_;
    int tiles_ = 0;
};

class TextureList : public Observer {
public:
    TextureList(std::string name, std::ofstream file)
        : name_(std::move(name)), file_(std::move(file))
    {}

    Result<void> drawn(Compositor &compositor, const Canvas & /*canvas*/,
                       uint64_t /*number*/) override
    {
        const VideoFrame *frame = compositor.frame(0);
        if (frame == nullptr || last_ == frame->number) {
            return {};
        }
        const auto surface = compositor.textures(0);
        if (!surface) {
            return tl::unexpected(surface.error());
        }
        const auto samples = reader_.read(**surface, *frame->pool->shape().format, frame->visible);
        if (!samples) {
            return tl::unexpected(samples.error());
        }
        last_ = frame->number;
        file_ << samples->size() << ' ' << tools::md5Of(*samples) << '\n';
        return {};
    }

    Result<void> ended(const Canvas * /*canvas*/) override
    {
        file_.close();
        return file_ ? Result<void>() : fail(EIO, name_ + ": cannot be written");
    }

private:
    std::string name_;
    std::ofstream file_;
    PlaneReader reader_;
    std::optional<uint64_t> last_; ///< number of the picture that was read last
};

} // namespace

std::unique_ptr<Observer> makeScreenshot(std::string file, std::optional<uint64_t> number)
{
    return std::make_unique<Screenshot>(std::move(file), number);
}

Result<std::unique_ptr<Observer>> makeContactSheet(std::string file, const SheetShape &shape)
{
    auto canvas = Canvas::create({.width = shape.columns * (shape.tile.width + kGap) + kGap,
                                  .height = shape.rows * (shape.tile.height + kGap) + kGap});
    if (!canvas) {
        return tl::unexpected(canvas.error());
    }
    Compositor::clear(*canvas);
    return std::make_unique<ContactSheet>(std::move(file), shape, std::move(*canvas));
}

Result<std::unique_ptr<Observer>> makeTextureList(const std::string &file)
{
    std::ofstream stream(file, std::ios::trunc);
    if (!stream) {
        return failErrno(file);
    }
    return std::make_unique<TextureList>(file, std::move(stream));
}

} // namespace daedalus::play
