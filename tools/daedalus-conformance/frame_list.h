// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daedalus/result.h"

namespace daedalus::conformance {

/// What identifies a frame: the visible samples as planar YUV 4:2:0 without padding, in 8
/// bits or, of deeper streams, in 16 bits (little endian) a sample.
struct FrameHash {
    uint64_t bytes = 0;
    std::string md5; ///< hexadecimal, lower case

    bool operator==(const FrameHash &) const = default;
};

/// In the order of delivery.
using FrameList = std::vector<FrameHash>;

/// How what was delivered compares with what should have been, place by place.
struct Comparison {
    size_t expected = 0;
    size_t delivered = 0;
    size_t exact = 0;
    std::optional<size_t> firstDifferent{}; ///< from 0; one that is missing or too many counts

    /// All of it, and there is something to compare.
    [[nodiscard]] bool allExact() const { return !firstDifferent && expected > 0; }
};

Comparison compare(const FrameList &expected, const FrameList &delivered);

/// One line of ffmpeg -f framemd5; nothing for comments and anything else.
std::optional<FrameHash> parseFrameMd5(std::string_view line);

/// The hash of a frame's samples.
FrameHash hashFrame(std::span<const uint8_t> samples);

/// A file with a line for each frame: bytes and MD5.
Result<FrameList> readFrameList(const std::string &path);
Result<void> writeFrameList(const std::string &path, const FrameList &frames);

} // namespace daedalus::conformance
