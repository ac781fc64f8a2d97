// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

extern "C" {
struct AVFrame;
}

namespace daedalus::tools {

/// A picture of planar YUV 4:2:0 without padding. Chroma planes are (width + 1) / 2 by
/// (height + 1) / 2.
struct Picture {
    uint32_t width = 0;
    uint32_t height = 0;
    unsigned depth = 8;           ///< bits of a sample
    std::vector<uint8_t> samples; ///< Y, U, V; little-endian 16 bits where depth > 8

    [[nodiscard]] uint32_t chromaWidth() const { return (width + 1) / 2; }
    [[nodiscard]] uint32_t chromaHeight() const { return (height + 1) / 2; }
    [[nodiscard]] size_t bytesPerSample() const { return depth > 8 ? 2 : 1; }
    /// Of all planes.
    [[nodiscard]] size_t size() const
    {
        return bytesPerSample() *
               (size_t{width} * height + 2 * size_t{chromaWidth()} * chromaHeight());
    }
    /// A sample of plane 0 to 2, brought to 8 bits.
    [[nodiscard]] uint8_t at8(unsigned plane, uint32_t x, uint32_t y) const;
};

/// Packs a frame of libavcodec's, with what its cropping leaves; planar, NV12 and P010 give the
/// same. Formats other than 4:2:0 keep their own chroma, which is enough for hashes; grey ones get
/// grey chroma, as hardware surfaces have it.
/// @return no samples if the format is none that can be packed
Picture packFrame(const AVFrame &frame);

} // namespace daedalus::tools
