// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <vector>

#include "tools/common/imported_surface.h"
#include "tools/common/texture_reader.h"
#include "tools/daedalus-play/video_frame.h"

namespace daedalus::play {

/// Reads what the textures of a surface show, sample by sample, for comparing it with what it
/// should be. Slow, and never part of playing.
class PlaneReader {
public:
    /// The visible samples of all planes as tight planar YUV, luma first: a byte each for 8
    /// bits, else two, low byte first, the sample in their low end.
    /// @param surface imported with ImportMode::Planes
    Result<std::vector<uint8_t>> read(const tools::ImportedSurface &surface,
                                      const gbm::FormatInfo &format, const SampleRect &visible);

private:
    tools::TextureReader reader_;
};

} // namespace daedalus::play
