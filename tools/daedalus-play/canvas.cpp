// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/canvas.h"

#include <cerrno>

namespace daedalus::play {

Result<Canvas> Canvas::create(const PixelSize &size)
{
    Canvas canvas(size);
    canvas.texture_ = tools::GlTexture::make();
    ::glBindTexture(GL_TEXTURE_2D, canvas.texture_.get());
    ::glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, size.width, size.height);
    if (auto done = canvas.complete(); !done) {
        return tl::unexpected(done.error());
    }
    return canvas;
}

Result<Canvas> Canvas::onBuffer(const tools::EglDevice &device, const tools::ExportedLayer &layer)
{
    auto image = tools::EglImage::import(device, layer, nullptr);
    if (!image) {
        return tl::unexpected(image.error());
    }
    Canvas canvas(
        {.width = static_cast<int>(layer.width), .height = static_cast<int>(layer.height)});
    canvas.image_ = std::move(*image);
    canvas.texture_ = tools::GlTexture::make();
    ::glBindTexture(GL_TEXTURE_2D, canvas.texture_.get());
    if (auto bound = canvas.image_->bindTo(GL_TEXTURE_2D); !bound) {
        return tl::unexpected(bound.error());
    }
    if (auto done = canvas.complete(); !done) {
        return tl::unexpected(done.error());
    }
    return canvas;
}

Result<void> Canvas::complete()
{
    framebuffer_ = tools::GlFramebuffer::make();
    ::glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_.get());
    ::glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, texture_.get(),
                             0);
    if (::glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE) {
        return fail(ENOTSUP, "OpenGL cannot draw on a canvas of " + std::to_string(size_.width) +
                                 "x" + std::to_string(size_.height));
    }
    return tools::checkGl("making a canvas");
}

void Canvas::use() const
{
    ::glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_.get());
    ::glViewport(0, 0, size_.width, size_.height);
}

Result<std::vector<uint8_t>> Canvas::read() const
{
    constexpr size_t kBytes = 4;
    use();
    std::vector<uint8_t> pixels(static_cast<size_t>(size_.width) *
                                static_cast<size_t>(size_.height) * kBytes);
    ::glPixelStorei(GL_PACK_ALIGNMENT, 1);
    ::glReadPixels(0, 0, size_.width, size_.height, GL_RGBA, GL_UNSIGNED_BYTE, pixels.data());
    if (auto good = tools::checkGl("reading the picture back"); !good) {
        return tl::unexpected(good.error());
    }
    return pixels;
}

} // namespace daedalus::play
