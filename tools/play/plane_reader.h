// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <optional>
#include <vector>

#include "imported_surface.h"
#include "shader_program.h"
#include "video_frame.h"

namespace daedalus::play {

/// Reads what the textures of a surface show, sample by sample, for comparing it with what it
/// should be. Slow, and never part of playing.
class PlaneReader {
public:
    /// The visible samples of all planes as tight planar YUV, luma first: a byte each for 8
    /// bits, else two, low byte first, the sample in their low end.
    /// @param surface imported with ImportMode::Planes
    Result<std::vector<uint8_t>> read(const ImportedSurface &surface, const FormatInfo &format,
                                      const SampleRect &visible);

private:
    Result<void> readPlane(unsigned plane, const SampleRect &part);

    std::optional<ShaderProgram> program_;
    GLint planeAt_ = -1;
    GLint originAt_ = -1;
    GLint largestAt_ = -1;
    std::vector<uint32_t> pixels_; ///< four components each
};

} // namespace daedalus::play
