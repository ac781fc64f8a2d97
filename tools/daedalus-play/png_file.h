// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "daedalus/result.h"
#include "tools/daedalus-play/video_program.h"

namespace daedalus::play {

/// A picture of four bytes a pixel: red, green, blue, alpha (not multiplied in).
struct RgbaPicture {
    PixelSize size;
    std::vector<uint8_t> pixels;
};

/// Writes an RGB PNG; alpha is left out.
Result<void> writePng(const std::string &path, const RgbaPicture &picture);
Result<RgbaPicture> readPng(const std::string &path);

} // namespace daedalus::play
