// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace daedalus::test {

/// A stream as its container delivers it.
struct Stream {
    std::string name;
    int codecId = 0;                           ///< AVCodecID
    std::vector<std::vector<uint8_t>> packets; ///< H.264, HEVC: in Annex B format

    /// All packets, one after the other.
    [[nodiscard]] std::vector<uint8_t> bytes() const;
    /// The packets in an IVF file (VP8, VP9, AV1).
    [[nodiscard]] std::vector<uint8_t> ivf() const;
};

/// Streams in a folder of the collection of test vectors; empty where it is not
/// beside the checkout.
std::vector<std::filesystem::path> vectorFiles(const std::string &folder);

/// Reads any file that libavformat knows; fails the current test if it cannot.
Stream readStream(const std::filesystem::path &path);

/// What encodeStream() is to make.
struct EncoderOptions {
    std::string encoder{}; ///< "libx264", "libvpx-vp9"
    std::string options{}; ///< of the encoder, "key=value:key=value"
    int bitDepth = 8;      ///< 8, 10 or 12
    bool interlaced = false;
    bool gray = false;     ///< no chroma
    bool matrices = false; ///< quantiser matrices of its own (MPEG-2)
    int width = 176;
    int height = 144;
    int frames = 40;
    int firstFrame = 0; ///< of the pictures, which go on without end
};

/// Encodes moving test pictures; fails the current test if it cannot.
Stream encodeStream(const EncoderOptions &options);

} // namespace daedalus::test
