// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tests/support/vectors.h"

namespace daedalus::test {

/// Size and checksum of a picture's samples, planar and without padding.
std::string describe(uint32_t width, uint32_t height, std::span<const uint8_t> samples);

/// Frames of a stream in output order, decoded by libavcodec alone in one thread.
std::vector<std::string> decodeAlone(const Stream &stream);

} // namespace daedalus::test
