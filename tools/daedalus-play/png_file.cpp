// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/png_file.h"

#include <cerrno>

#include <png.h>

namespace daedalus::play {

Result<void> writePng(const std::string &path, const RgbaPicture &picture)
{
    std::vector<uint8_t> rgb;
    rgb.reserve(picture.pixels.size() / 4 * 3);
    for (size_t i = 0; i + 3 < picture.pixels.size(); i += 4) {
        rgb.insert(rgb.end(), {picture.pixels[i], picture.pixels[i + 1], picture.pixels[i + 2]});
    }
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(picture.size.width);
    image.height = static_cast<png_uint_32>(picture.size.height);
    image.format = PNG_FORMAT_RGB;
    if (::png_image_write_to_file(&image, path.c_str(), 0, rgb.data(), 0, nullptr) == 0) {
        return fail(EIO, path + ": " + image.message);
    }
    return {};
}

Result<RgbaPicture> readPng(const std::string &path)
{
    constexpr png_uint_32 kLargest = 8192;
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    if (::png_image_begin_read_from_file(&image, path.c_str()) == 0) {
        return fail(EINVAL, path + ": " + image.message);
    }
    image.format = PNG_FORMAT_RGBA;
    if (image.width > kLargest || image.height > kLargest) {
        ::png_image_free(&image);
        return fail(EINVAL, path + ": larger than 8192x8192");
    }
    RgbaPicture picture;
    picture.size = {.width = static_cast<int>(image.width),
                    .height = static_cast<int>(image.height)};
    picture.pixels.resize(PNG_IMAGE_SIZE(image));
    if (::png_image_finish_read(&image, nullptr, picture.pixels.data(), 0, nullptr) == 0) {
        return fail(EINVAL, path + ": " + image.message);
    }
    return picture;
}

} // namespace daedalus::play
