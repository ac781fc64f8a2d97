// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <vector>

#include "tools/daedalus-play/video_program.h"

namespace daedalus::play {

/// @p count cells of one size that fill @p area row by row, as square a grid as there is.
std::vector<PixelRect> grid(size_t count, const PixelRect &area);

/// The largest rectangle in the middle of @p cell whose width is @p aspect times its height.
PixelRect fit(double aspect, const PixelRect &cell);

/// Shape of a frame on the screen: width by height.
double displayAspect(const VideoFrame &frame);

} // namespace daedalus::play
