// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/layout.h"

#include <algorithm>
#include <cmath>

namespace daedalus::play {

std::vector<PixelRect> grid(size_t count, const PixelRect &area)
{
    const int wanted = static_cast<int>(std::max<size_t>(count, 1));
    const int columns = static_cast<int>(std::ceil(std::sqrt(wanted)));
    const int rows = (wanted + columns - 1) / columns;
    std::vector<PixelRect> cells;
    for (int i = 0; i < wanted; ++i) {
        const int left = area.width * (i % columns) / columns;
        const int right = area.width * (i % columns + 1) / columns;
        const int top = area.height * (i / columns) / rows;
        const int bottom = area.height * (i / columns + 1) / rows;
        cells.push_back(
            {.x = area.x + left, .y = area.y + top, .width = right - left, .height = bottom - top});
    }
    return cells;
}

PixelRect fit(double aspect, const PixelRect &cell)
{
    PixelRect rect = cell;
    const int width = static_cast<int>(std::lround(cell.height * aspect));
    if (width <= cell.width) {
        rect.width = std::max(width, 1);
    } else {
        rect.height = std::max(static_cast<int>(std::lround(cell.width / aspect)), 1);
    }
    rect.x += (cell.width - rect.width) / 2;
    rect.y += (cell.height - rect.height) / 2;
    return rect;
}

double displayAspect(const VideoFrame &frame)
{
    return frame.visible.width * frame.pixelAspect / std::max(frame.visible.height, 1U);
}

} // namespace daedalus::play
