// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/import_trial.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdlib>

#include "tools/common/surface_pool.h"
#include "tools/daedalus-play/canvas.h"
#include "tools/daedalus-play/plane_reader.h"
#include "tools/daedalus-play/surface_writer.h"

namespace daedalus::play {
namespace {

constexpr uint32_t kWidth = 192;
constexpr uint32_t kHeight = 128;
/// One colour each, so that how a driver filters chroma does not matter in their middles.
constexpr uint32_t kBlock = 16;
/// Of 255: drivers calculate with few bits.
constexpr int kTolerance = 6;

uint32_t hashOf(uint32_t seed, uint32_t a, uint32_t b)
{
    uint32_t hash = seed * 0x9e3779b1U ^ a * 0x85ebca6bU ^ b * 0xc2b2ae35U;
    hash ^= hash >> 15U;
    hash *= 0x27d4eb2fU;
    return hash ^ hash >> 13U;
}

/// A sample of a picture of blocks: luma or chroma of the block that (x, y) is in, within the
/// limited range.
uint32_t blockSample(uint32_t seed, unsigned component, uint32_t x, uint32_t y, unsigned bitDepth)
{
    const uint32_t side = component == 0 ? kBlock : kBlock / 2;
    const uint32_t hash = hashOf(seed * 4 + component, x / side, y / side);
    // Moderate colours, so that none of them is clipped on its way to RGB.
    const uint32_t value = component == 0 ? 70 + hash % 100 : 108 + hash % 40;
    return value << (bitDepth - 8);
}

/// A sample of a picture of noise, with all the values that there are.
uint32_t noiseSample(uint32_t seed, unsigned component, uint32_t x, uint32_t y, unsigned bitDepth)
{
    return hashOf(seed * 4 + component, x, y) & ((1U << bitDepth) - 1);
}

using SampleFunction = uint32_t (*)(uint32_t, unsigned, uint32_t, uint32_t, unsigned);

std::vector<uint8_t> makePicture(const gbm::FormatInfo &format, SampleFunction sample,
                                 uint32_t seed)
{
    std::vector<uint8_t> samples;
    for (unsigned component = 0; component < 3; ++component) {
        const uint32_t width = component == 0 ? kWidth : kWidth / 2;
        const uint32_t height = component == 0 ? kHeight : kHeight / 2;
        for (uint32_t y = 0; y < height; ++y) {
            for (uint32_t x = 0; x < width; ++x) {
                const uint32_t value = sample(seed, component, x, y, format.bitDepth);
                samples.push_back(static_cast<uint8_t>(value & 0xffU));
                if (format.bytesPerSample == 2) {
                    samples.push_back(static_cast<uint8_t>(value >> 8U));
                }
            }
        }
    }
    return samples;
}

struct Trial {
    const tools::EglDevice &device;
    VADisplay display;
    VASurfaceID surface;
    tools::SurfacePool::Shape shape;
};

Result<void> tryPlanes(const Trial &trial)
{
    const auto imported = tools::ImportedSurface::import(
        trial.device, trial.display, trial.surface, trial.shape, tools::ImportMode::Planes, {});
    if (!imported) {
        return tl::unexpected(imported.error());
    }
    PlaneReader reader;
    for (const uint32_t seed : {1U, 2U}) {
        const auto expected = makePicture(*trial.shape.format, &noiseSample, seed);
        if (auto written = writeSurface(trial.display, trial.surface, trial.shape, expected);
            !written) {
            return written;
        }
        const auto shown = reader.read(*imported, *trial.shape.format,
                                       {.x = 0, .y = 0, .width = kWidth, .height = kHeight});
        if (!shown) {
            return tl::unexpected(shown.error());
        }
        if (*shown != expected) {
            return fail(EILSEQ, seed == 1 ? "the textures do not show what is in the surface"
                                          : "the textures keep showing an old picture");
        }
    }
    return {};
}

/// The largest difference of a colour from what it should be, in the blocks' middles.
int worstDifference(const std::vector<uint8_t> &pixels, const gbm::FormatInfo &format,
                    uint32_t seed, const tools::Colours &colours)
{
    const tools::RgbConversion conversion = tools::rgbConversion(colours, format.bitDepth);
    const auto largest = static_cast<float>((1U << format.bitDepth) - 1);
    int worst = 0;
    for (uint32_t y = kBlock / 2; y < kHeight; y += kBlock) {
        for (uint32_t x = kBlock / 2; x < kWidth; x += kBlock) {
            std::array<float, 3> yuv{};
            for (unsigned i = 0; i < 3; ++i) {
                const uint32_t shift = i == 0 ? 0 : 1;
                const auto value = static_cast<float>(
                    blockSample(seed, i, x >> shift, y >> shift, format.bitDepth));
                yuv[i] = value / largest - conversion.offset[i];
            }
            for (unsigned channel = 0; channel < 3; ++channel) {
                const float exact = conversion.matrix[channel] * yuv[0] +
                                    conversion.matrix[3 + channel] * yuv[1] +
                                    conversion.matrix[6 + channel] * yuv[2];
                const long wanted = std::lround(std::clamp(exact, 0.0F, 1.0F) * 255.0F);
                const int got = pixels[(size_t{y} * kWidth + x) * 4 + channel];
                worst = std::max(worst, std::abs(got - static_cast<int>(wanted)));
            }
        }
    }
    return worst;
}

Result<void> tryColours(const Trial &trial, const tools::Colours &colours)
{
    const auto imported =
        tools::ImportedSurface::import(trial.device, trial.display, trial.surface, trial.shape,
                                       tools::ImportMode::OneImage, colours);
    if (!imported) {
        return tl::unexpected(imported.error());
    }
    const PixelSize size{.width = kWidth, .height = kHeight};
    const auto canvas = Canvas::create(size);
    if (!canvas) {
        return tl::unexpected(canvas.error());
    }
    VideoProgram program;
    for (const uint32_t seed : {1U, 2U}) {
        const auto picture = makePicture(*trial.shape.format, &blockSample, seed);
        if (auto written = writeSurface(trial.display, trial.surface, trial.shape, picture);
            !written) {
            return written;
        }
        canvas->use();
        ::glDisable(GL_BLEND);
        const VideoProgram::Draw draw{
            .surface = &*imported,
            .shape = trial.shape,
            .visible = {.x = 0, .y = 0, .width = kWidth, .height = kHeight},
            .colours = colours,
            .where = {.x = 0, .y = 0, .width = kWidth, .height = kHeight},
            .target = size};
        if (auto drawn = program.draw(draw); !drawn) {
            return drawn;
        }
        const auto pixels = canvas->read();
        if (!pixels) {
            return tl::unexpected(pixels.error());
        }
        const int worst = worstDifference(*pixels, *trial.shape.format, seed, colours);
        if (worst > kTolerance) {
            return fail(EILSEQ, "colours are wrong, by up to " + std::to_string(worst) + " of 255");
        }
    }
    return {};
}

Result<void> tryOneImage(const Trial &trial)
{
    if (!trial.device.hasGlExtension("GL_OES_EGL_image_external_essl3")) {
        return fail(ENOTSUP, "OpenGL ES has no GL_OES_EGL_image_external_essl3");
    }
    for (const tools::Colours &colours :
         {tools::Colours{.matrix = tools::Matrix::Bt709, .fullRange = false},
          tools::Colours{.matrix = tools::Matrix::Bt601, .fullRange = true}}) {
        if (auto good = tryColours(trial, colours); !good) {
            return good;
        }
    }
    return {};
}

} // namespace

Result<void> tryImport(const tools::EglDevice &device,
                       const std::shared_ptr<tools::VaDisplay> &display,
                       const gbm::FormatInfo &format, tools::ImportMode mode)
{
    const tools::SurfacePool::Shape shape{.format = &format, .width = kWidth, .height = kHeight};
    const auto pool = tools::SurfacePool::create(display, shape, 1);
    if (!pool) {
        return tl::unexpected(pool.error());
    }
    const Trial trial{.device = device,
                      .display = display->get(),
                      .surface = (*pool)->surfaces().front(),
                      .shape = shape};
    return mode == tools::ImportMode::Planes ? tryPlanes(trial) : tryOneImage(trial);
}

} // namespace daedalus::play
