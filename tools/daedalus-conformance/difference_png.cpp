// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-conformance/difference_png.h"

#include <algorithm>
#include <cstdlib>

#include <png.h>

namespace daedalus::conformance {

namespace {

constexpr uint32_t kGap = 4; ///< columns between the pictures
constexpr int kLeast = 48;   ///< how bright a difference of one is
constexpr size_t kChannels = 3;

struct Rgb {
    uint8_t red = 0;
    uint8_t green = 0;
    uint8_t blue = 0;
};

uint8_t clamp8(double value)
{
    return static_cast<uint8_t>(std::clamp(value, 0.0, 255.0));
}

/// BT.601, limited range: near enough for people's eyes.
Rgb colourAt(const tools::Picture &picture, uint32_t x, uint32_t y)
{
    if (x >= picture.width || y >= picture.height || picture.samples.empty()) {
        return {};
    }
    const double luma = 1.164 * (picture.at8(0, x, y) - 16);
    const double u = picture.at8(1, x / 2, y / 2) - 128;
    const double v = picture.at8(2, x / 2, y / 2) - 128;
    return {clamp8(luma + 1.596 * v), clamp8(luma - 0.392 * u - 0.813 * v),
            clamp8(luma + 2.017 * u)};
}

uint8_t shown(int difference)
{
    const int size = std::abs(difference);
    return size == 0 ? 0 : static_cast<uint8_t>(std::min(255, kLeast + 4 * size));
}

/// Luma in red, U in green, V in blue; white where only one of the pictures is.
Rgb differenceAt(const tools::Picture &expected, const tools::Picture &got, uint32_t x, uint32_t y)
{
    const auto within = [x, y](const tools::Picture &picture) {
        return x < picture.width && y < picture.height && !picture.samples.empty();
    };
    if (!within(expected) || !within(got)) {
        return within(expected) || within(got) ? Rgb{255, 255, 255} : Rgb{};
    }
    const auto plane = [&](unsigned number, uint32_t px, uint32_t py) {
        return shown(expected.at8(number, px, py) - got.at8(number, px, py));
    };
    return {plane(0, x, y), plane(1, x / 2, y / 2), plane(2, x / 2, y / 2)};
}

} // namespace

Result<void> writeDifferencePng(const std::string &path, const tools::Picture &expected,
                                const tools::Picture &got)
{
    const uint32_t width = std::max(expected.width, got.width);
    const uint32_t height = std::max(expected.height, got.height);
    const uint32_t total = 3 * width + 2 * kGap;
    if (width == 0 || height == 0) {
        return fail(EINVAL, path + ": there is no picture to show");
    }
    std::vector<uint8_t> pixels(size_t{total} * height * kChannels, 0x60);
    const auto put = [&pixels, total](uint32_t x, uint32_t y, Rgb colour) {
        uint8_t *pixel = pixels.data() + (size_t{y} * total + x) * kChannels;
        pixel[0] = colour.red;
        pixel[1] = colour.green;
        pixel[2] = colour.blue;
    };
    for (uint32_t y = 0; y < height; ++y) {
        for (uint32_t x = 0; x < width; ++x) {
            put(x, y, colourAt(expected, x, y));
            put(x + width + kGap, y, colourAt(got, x, y));
            put(x + 2 * (width + kGap), y, differenceAt(expected, got, x, y));
        }
    }
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = total;
    image.height = height;
    image.format = PNG_FORMAT_RGB;
    if (png_image_write_to_file(&image, path.c_str(), 0, pixels.data(), 0, nullptr) == 0) {
        return fail(EIO, path + ": " + image.message);
    }
    return {};
}

} // namespace daedalus::conformance
