// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-conformance/difference_png.h"

#include <vector>

#include <gtest/gtest.h>
#include <png.h>

#include "tools/common/temporary_folder.h"

namespace daedalus::conformance {

namespace {

tools::Picture grey(uint32_t width, uint32_t height)
{
    tools::Picture picture{.width = width, .height = height, .depth = 8, .samples = {}};
    picture.samples.assign(picture.size(), 128);
    return picture;
}

struct Image {
    uint32_t width = 0;
    uint32_t height = 0;
    std::vector<uint8_t> pixels;

    [[nodiscard]] std::vector<uint8_t> at(uint32_t x, uint32_t y) const
    {
        const auto *pixel = pixels.data() + (size_t{y} * width + x) * 3;
        return {pixel[0], pixel[1], pixel[2]};
    }
};

Image readPng(const std::string &path)
{
    Image result;
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    if (png_image_begin_read_from_file(&image, path.c_str()) == 0) {
        ADD_FAILURE() << path << ": " << image.message;
        return result;
    }
    image.format = PNG_FORMAT_RGB;
    result.width = image.width;
    result.height = image.height;
    result.pixels.resize(PNG_IMAGE_SIZE(image));
    png_image_finish_read(&image, nullptr, result.pixels.data(), 0, nullptr);
    return result;
}

} // namespace

TEST(Picture, SizesOfOddPictures)
{
    EXPECT_EQ(grey(3, 5).size(), 15U + 2 * 2 * 3);
    tools::Picture deep{.width = 3, .height = 5, .depth = 10, .samples = {}};
    EXPECT_EQ(deep.size(), 2 * (15U + 2 * 2 * 3));
}

TEST(Picture, TenBitsAreShownAsEight)
{
    tools::Picture deep{.width = 1, .height = 1, .depth = 10, .samples = {0xFF, 0x03, 0, 2, 4, 0}};
    EXPECT_EQ(deep.at8(0, 0, 0), 255);
    EXPECT_EQ(deep.at8(1, 0, 0), 128);
    EXPECT_EQ(deep.at8(2, 0, 0), 1);
}

TEST(DifferencePng, ShowsOneWrongSample)
{
    const tools::TemporaryFolder folder;
    const auto path = folder.file("difference.png");
    const tools::Picture expected = grey(8, 6);
    tools::Picture got = expected;
    ++got.samples[2 * 8 + 5]; // luma at 5, 2
    ASSERT_TRUE(conformance::writeDifferencePng(path, expected, got));
    const Image image = readPng(path);
    ASSERT_EQ(image.width, 3 * 8 + 2 * 4U);
    ASSERT_EQ(image.height, 6U);
    for (uint32_t y = 0; y < 6; ++y) {
        for (uint32_t x = 0; x < 8; ++x) {
            const auto difference = image.at(x + 2 * (8 + 4), y);
            if (x == 5 && y == 2) {
                EXPECT_GT(difference[0], 40) << "the wrong sample has to be seen";
            } else {
                EXPECT_EQ(difference, (std::vector<uint8_t>{0, 0, 0})) << x << ' ' << y;
            }
        }
    }
    EXPECT_EQ(image.at(0, 0), image.at(8 + 4, 0)) << "expected and got look the same there";
}

TEST(DifferencePng, ShowsWhatIsMissing)
{
    const tools::TemporaryFolder folder;
    const auto path = folder.file("missing.png");
    ASSERT_TRUE(conformance::writeDifferencePng(path, grey(8, 6), {}));
    const Image image = readPng(path);
    EXPECT_EQ(image.at(2 * (8 + 4), 0), (std::vector<uint8_t>{255, 255, 255}));
    EXPECT_FALSE(conformance::writeDifferencePng(path, {}, {}));
}

} // namespace daedalus::conformance
