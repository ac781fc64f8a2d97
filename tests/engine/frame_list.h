// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/vectors.h"

namespace daedalus::test {

/// Planes of a 4:2:0 picture; of NV12 and P010, u and v point into the same plane.
struct PlanarView {
    const uint8_t *y = nullptr;
    const uint8_t *u = nullptr;
    const uint8_t *v = nullptr;
    uint32_t lumaStride = 0;
    uint32_t chromaStride = 0;
    uint32_t chromaStep = 1;  ///< samples from one U to the next, 2 for NV12 and P010
    uint32_t sampleBytes = 1; ///< 2 for more than eight bits
    uint32_t lowBits = 0;     ///< of a sample that mean nothing, 6 for P010
    uint32_t width = 0;
    uint32_t height = 0;
};

/// Size and checksum of a picture's samples, whatever their layout in memory.
std::string describe(const PlanarView &view);

/// Frames of a stream in output order, decoded by libavcodec alone in one thread.
std::vector<std::string> decodeAlone(const Stream &stream);

} // namespace daedalus::test
