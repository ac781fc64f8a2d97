// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/layout.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace daedalus::play {
namespace {

TEST(Layout, CellsFillTheAreaWithoutOverlapping)
{
    const play::PixelRect area{.x = 10, .y = 20, .width = 101, .height = 67};
    for (size_t count = 1; count <= 12; ++count) {
        const auto cells = play::grid(count, area);
        ASSERT_EQ(cells.size(), count);
        std::vector<int> covered(static_cast<size_t>(area.width * area.height));
        for (const play::PixelRect &cell : cells) {
            ASSERT_GE(cell.x, area.x);
            ASSERT_GE(cell.y, area.y);
            ASSERT_LE(cell.x + cell.width, area.x + area.width);
            ASSERT_LE(cell.y + cell.height, area.y + area.height);
            for (int y = cell.y; y < cell.y + cell.height; ++y) {
                for (int x = cell.x; x < cell.x + cell.width; ++x) {
                    auto &pixel =
                        covered[static_cast<size_t>((y - area.y) * area.width + x - area.x)];
                    ASSERT_EQ(pixel++, 0) << "of " << count;
                }
            }
        }
        if (count == 1 || count == 4 || count == 6 || count == 9 || count == 12) {
            EXPECT_EQ(std::count(covered.begin(), covered.end(), 0), 0) << "of " << count;
        }
    }
}

TEST(Layout, PicturesKeepTheirShape)
{
    const play::PixelRect cell{.x = 100, .y = 50, .width = 400, .height = 400};
    const play::PixelRect wide = play::fit(2.0, cell);
    EXPECT_EQ(wide.width, 400);
    EXPECT_EQ(wide.height, 200);
    EXPECT_EQ(wide.x, 100);
    EXPECT_EQ(wide.y, 150);
    const play::PixelRect tall = play::fit(0.5, cell);
    EXPECT_EQ(tall.width, 200);
    EXPECT_EQ(tall.height, 400);
    EXPECT_EQ(tall.x, 200);
    // However extreme, there is something to draw.
    EXPECT_EQ(play::fit(10000.0, cell).height, 1);
    EXPECT_EQ(play::fit(0.0001, cell).width, 1);
}

TEST(Layout, PixelsThatAreNotSquareCount)
{
    play::VideoFrame frame;
    frame.visible = {.x = 0, .y = 0, .width = 720, .height = 576};
    frame.pixelAspect = 16.0 / 15.0;
    EXPECT_NEAR(play::displayAspect(frame), 4.0 / 3.0, 1e-9);
}

} // namespace
} // namespace daedalus::play
