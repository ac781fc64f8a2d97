// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/compositor.h"

#include <algorithm>
#include <cerrno>

#include "tools/daedalus-play/layout.h"

namespace daedalus::play {
namespace {

/// Pixels of a target's width for each of a letter's pixels.
constexpr int kWidthForText = 640;
/// Nanoseconds after which a GPU is taken for dead.
constexpr GLuint64 kPatience = 5'000'000'000;

} // namespace

Result<std::unique_ptr<Compositor>> Compositor::create(const tools::EglDevice &device,
                                                       const SurfaceChoice &choice, size_t cells)
{
    auto text = TextProgram::create();
    if (!text) {
        return tl::unexpected(text.error());
    }
    return std::unique_ptr<Compositor>(new Compositor(device, choice, cells, std::move(*text)));
}

Compositor::Compositor(const tools::EglDevice &device, const SurfaceChoice &choice, size_t cells,
                       TextProgram text)
    : textures_(device, choice), text_(std::move(text)), frames_(cells)
{}

void Compositor::setFrame(size_t cell, std::unique_ptr<VideoFrame> frame)
{
    frames_[cell] = std::move(frame);
}

void Compositor::clear(const Canvas &canvas)
{
    canvas.use();
    ::glClearColor(0.0F, 0.0F, 0.0F, 1.0F);
    ::glClear(GL_COLOR_BUFFER_BIT);
}

Result<void> Compositor::draw(const Canvas &canvas, const PixelRect &area, const std::string &text)
{
    canvas.use();
    ::glDisable(GL_BLEND);
    const auto cells = grid(frames_.size(), area);
    for (size_t cell = 0; cell < frames_.size(); ++cell) {
        if (!frames_[cell]) {
            continue;
        }
        const VideoFrame &frame = *frames_[cell];
        const auto surface = textures_.of(frame);
        if (!surface) {
            return tl::unexpected(surface.error());
        }
        // Importing may have bound something else.
        canvas.use();
        const VideoProgram::Draw draw{.surface = *surface,
                                      .shape = frame.pool->shape(),
                                      .visible = frame.visible,
                                      .colours = frame.colours,
                                      .where = fit(displayAspect(frame), cells[cell]),
                                      .target = canvas.size()};
        if (auto drawn = video_.draw(draw); !drawn) {
            return drawn;
        }
    }
    if (overlay_) {
        overlay_->draw(area, canvas.size());
    }
    if (!text.empty()) {
        const int pixel = std::max(1, area.width / kWidthForText);
        text_.draw(text, area.x, area.y + area.height - TextProgram::height(pixel), pixel,
                   canvas.size());
    }
    return tools::checkGl("drawing");
}

Result<void> Compositor::finish()
{
    const GLsync fence = ::glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
    if (fence == nullptr) {
        return fail(EIO, "OpenGL makes no fence");
    }
    const GLenum result = ::glClientWaitSync(fence, GL_SYNC_FLUSH_COMMANDS_BIT, kPatience);
    ::glDeleteSync(fence);
    if (result != GL_ALREADY_SIGNALED && result != GL_CONDITION_SATISFIED) {
        return fail(ETIMEDOUT, "the GPU did not finish drawing");
    }
    return {};
}

} // namespace daedalus::play
