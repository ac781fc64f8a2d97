// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/vectors.h"

namespace daedalus::test {

/// How pictures of PCM blocks are divided: what x265 cannot do.
struct PcmOptions {
    const char *name = "";
    unsigned bitDepth = 8;
    unsigned pcmDepth = 8; ///< at most bitDepth
    unsigned columns = 6;  ///< blocks of 16x16 samples, at most 6
    unsigned rows = 4;
    std::vector<unsigned> tileColumns{}; ///< widths in blocks; empty: no tiles
    std::vector<unsigned> tileRows{};
    bool uniform = false; ///< the sizes are those of uniform spacing
    bool wavefronts = false;
    unsigned blocksInSegment = 0;   ///< slice segments of so many blocks; 0: one
    bool dependentSegments = false; ///< all but a picture's first one
    bool deblocking = false;        ///< across tiles and slices
    unsigned pictures = 3;
};

struct PcmStream {
    Stream stream;
    std::vector<std::string> frames; ///< as describe() tells them, without deblocking
};

/// A stream of pictures that are nothing but PCM blocks (H.265 7.3.8.7) of noise, so
/// that each decoded sample is known and nothing needs to be predicted.
PcmStream encodePcm(const PcmOptions &options);

} // namespace daedalus::test
