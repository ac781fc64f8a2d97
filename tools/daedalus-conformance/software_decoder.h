// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <functional>
#include <string>

#include "daedalus/result.h"
#include "tools/daedalus-conformance/picture.h"

namespace daedalus::conformance {

/// Whether the left and top of pictures are cut off where the stream says so. ffmpeg cannot
/// do that with hardware surfaces, so VA-API clients are compared without.
enum class Cropping { Applied, Ignored };

/// Takes a frame; false ends decoding.
using FrameSink = std::function<bool(Picture &&)>;

/// Decodes the video of a file as `ffmpeg -threads 1` does: in one thread, frames in display
/// order, each in its own size.
Result<void> decodeSoftware(const std::string &file, Cropping cropping, const FrameSink &take);

} // namespace daedalus::conformance
