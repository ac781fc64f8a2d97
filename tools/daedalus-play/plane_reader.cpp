// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/plane_reader.h"

#include <cerrno>

namespace daedalus::play {
namespace {

/// The part of @p plane that belongs to @p visible.
tools::TexelRect partOf(unsigned plane, const SampleRect &visible)
{
    if (plane == 0) {
        return {.x = visible.x, .y = visible.y, .width = visible.width, .height = visible.height};
    }
    const uint32_t x = visible.x / 2;
    const uint32_t y = visible.y / 2;
    return {.x = x,
            .y = y,
            .width = (visible.x + visible.width + 1) / 2 - x,
            .height = (visible.y + visible.height + 1) / 2 - y};
}

/// Adds a component of each of @p pixels to @p samples.
void append(std::vector<uint8_t> &samples, const std::vector<uint32_t> &pixels, unsigned component,
            const gbm::FormatInfo &format)
{
    constexpr unsigned kComponents = 4;
    constexpr unsigned kWordBits = 16;
    // P010 has its samples in the high end of a word.
    const unsigned shift =
        format.bytesPerSample == 2 && format.semiPlanar() ? kWordBits - format.bitDepth : 0U;
    for (size_t i = component; i < pixels.size(); i += kComponents) {
        const uint32_t sample = pixels[i] >> shift;
        samples.push_back(static_cast<uint8_t>(sample & 0xff));
        if (format.bytesPerSample == 2) {
            samples.push_back(static_cast<uint8_t>(sample >> 8));
        }
    }
}

} // namespace

Result<std::vector<uint8_t>> PlaneReader::read(const tools::ImportedSurface &surface,
                                               const gbm::FormatInfo &format,
                                               const SampleRect &visible)
{
    if (surface.mode() != tools::ImportMode::Planes) {
        return fail(EINVAL, "an external texture shows RGB only: its samples cannot be read");
    }
    surface.bind();
    std::vector<uint8_t> samples;
    for (unsigned plane = 0; plane < format.planes; ++plane) {
        const auto pixels = reader_.read(static_cast<GLint>(plane), partOf(plane, visible),
                                         format.bytesPerSample == 1 ? UINT8_MAX : UINT16_MAX);
        if (!pixels) {
            return tl::unexpected(pixels.error());
        }
        const bool both = plane > 0 && format.semiPlanar();
        for (unsigned component = 0; component < (both ? 2U : 1U); ++component) {
            append(samples, *pixels, component, format);
        }
    }
    return samples;
}

} // namespace daedalus::play
