// SPDX-License-Identifier: BSD-2-Clause
#include "tests/va-driver/surface_reader.h"

#include <gtest/gtest.h>

namespace daedalus::va {

std::vector<uint8_t> readSurface(VADisplay display, VASurfaceID surface, uint32_t width,
                                 uint32_t height, unsigned bitDepth)
{
    const uint32_t sampleBytes = bitDepth == 8 ? 1 : 2;
    VAImageFormat format{};
    format.fourcc = bitDepth == 8 ? VA_FOURCC_I420 : VA_FOURCC_I010;
    VAImage image{};
    void *data = nullptr;
    EXPECT_EQ(VA_STATUS_SUCCESS, vaCreateImage(display, &format, static_cast<int>(width),
                                               static_cast<int>(height), &image));
    EXPECT_EQ(VA_STATUS_SUCCESS, vaGetImage(display, surface, 0, 0, width, height, image.image_id));
    EXPECT_EQ(VA_STATUS_SUCCESS, vaMapBuffer(display, image.buf, &data));
    std::vector<uint8_t> tight;
    for (unsigned plane = 0; data != nullptr && plane < 3; ++plane) {
        const uint32_t bytes = sampleBytes * (plane == 0 ? width : (width + 1) / 2);
        const uint32_t rows = plane == 0 ? height : (height + 1) / 2;
        for (uint32_t y = 0; y < rows; ++y) {
            const auto *row = static_cast<uint8_t *>(data) + image.offsets[plane] +
                              size_t{y} * image.pitches[plane];
            tight.insert(tight.end(), row, row + bytes);
        }
    }
    EXPECT_EQ(VA_STATUS_SUCCESS, vaUnmapBuffer(display, image.buf));
    EXPECT_EQ(VA_STATUS_SUCCESS, vaDestroyImage(display, image.image_id));
    return tight;
}

} // namespace daedalus::va
