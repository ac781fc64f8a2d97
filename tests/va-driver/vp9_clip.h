// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <vector>

namespace daedalus::va {

/// A short VP9 stream made for a test, and what libavcodec's software decoder
/// makes of it.
struct Vp9Clip {
    uint32_t width = 0;
    uint32_t height = 0;
    std::vector<std::vector<uint8_t>> frames; ///< one coded frame each, all are shown
    /// As tight I420; more than eight bits: as words with the value in the low end.
    std::vector<std::vector<uint8_t>> pictures;

    /// Encodes moving patterns. The first frame is a key frame, as is every
    /// @p keyInterval-th. Fails the current test if the encoder is missing.
    /// @param seed clips of other seeds show other pictures
    /// @param bitDepth 8, 10 or 12
    static Vp9Clip make(uint32_t width, uint32_t height, unsigned frames, unsigned keyInterval,
                        unsigned seed, unsigned bitDepth = 8);
};

} // namespace daedalus::va
