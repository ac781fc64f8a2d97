// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/va-driver/display.h"

namespace daedalus::va {
namespace {

class ImageTest : public testing::Test {
protected:
    void SetUp() override { DAEDALUS_NEED_DISPLAY(display); }

    VAImage create(uint32_t fourcc, int width, int height)
    {
        VAImageFormat format{};
        format.fourcc = fourcc;
        VAImage image{};
        EXPECT_EQ(VA_STATUS_SUCCESS, vaCreateImage(display, &format, width, height, &image));
        return image;
    }

    /// Component @p c (Y, U, V) of a mapped image at x, y of that component.
    static uint8_t &sample(const VAImage &image, void *data, unsigned c, uint32_t x, uint32_t y)
    {
        auto *bytes = static_cast<uint8_t *>(data);
        unsigned plane = c;
        uint32_t column = x;
        if (c > 0 && image.format.fourcc == VA_FOURCC_NV12) {
            plane = 1;
            column = 2 * x + c - 1;
        } else if (c > 0 && image.format.fourcc == VA_FOURCC_YV12) {
            plane = 3 - c;
        }
        return bytes[image.offsets[plane] + size_t{y} * image.pitches[plane] + column];
    }

    static uint8_t pattern(unsigned c, uint32_t x, uint32_t y)
    {
        return static_cast<uint8_t>(c * 70 + x * 3 + y * 11 + (x * y) / 7);
    }

    void fill(const VAImage &image)
    {
        forEach(image, [&](void *data, unsigned c, uint32_t x, uint32_t y) {
            sample(image, data, c, x, y) = pattern(c, x, y);
        });
    }

    void expectPattern(const VAImage &image)
    {
        unsigned wrong = 0;
        forEach(image, [&](void *data, unsigned c, uint32_t x, uint32_t y) {
            wrong += sample(image, data, c, x, y) != pattern(c, x, y) ? 1 : 0;
        });
        EXPECT_EQ(0U, wrong);
    }

    template <typename Function>
    void forEach(const VAImage &image, Function function)
    {
        void *data = nullptr;
        ASSERT_EQ(VA_STATUS_SUCCESS, vaMapBuffer(display, image.buf, &data));
        for (unsigned c = 0; c < 3; ++c) {
            const uint32_t columns = c == 0 ? image.width : (image.width + 1U) / 2;
            const uint32_t rows = c == 0 ? image.height : (image.height + 1U) / 2;
            for (uint32_t y = 0; y < rows; ++y) {
                for (uint32_t x = 0; x < columns; ++x) {
                    function(data, c, x, y);
                }
            }
        }
        ASSERT_EQ(VA_STATUS_SUCCESS, vaUnmapBuffer(display, image.buf));
    }

    Display display;
};

TEST_F(ImageTest, ListsTheFormatsOfSurfacesFirst)
{
    std::vector<VAImageFormat> formats(static_cast<size_t>(vaMaxNumImageFormats(display)));
    int count = 0;
    ASSERT_EQ(VA_STATUS_SUCCESS, vaQueryImageFormats(display, formats.data(), &count));
    ASSERT_LE(count, vaMaxNumImageFormats(display));
    std::vector<uint32_t> fourccs;
    for (int i = 0; i < count; ++i) {
        fourccs.push_back(formats[static_cast<size_t>(i)].fourcc);
        const bool deep = fourccs.back() == VA_FOURCC_P010 || fourccs.back() == VA_FOURCC_I010;
        EXPECT_EQ(deep ? 24U : 12U, formats[static_cast<size_t>(i)].bits_per_pixel);
    }
    EXPECT_EQ((std::vector<uint32_t>{VA_FOURCC_NV12, VA_FOURCC_I420, VA_FOURCC_P010, VA_FOURCC_I010,
                                     VA_FOURCC_YV12}),
              fourccs);
}

TEST_F(ImageTest, PutAndGetAreInversesForAllFormatsAndSizes)
{
    for (const auto &[width, height] : {std::pair{64, 48}, {33, 17}, {1, 1}, {2, 3}, {321, 181}}) {
        for (const uint32_t surfaceFormat : {VA_FOURCC_NV12, VA_FOURCC_I420}) {
            for (const uint32_t imageFormat : {VA_FOURCC_NV12, VA_FOURCC_I420, VA_FOURCC_YV12}) {
                SCOPED_TRACE(testing::Message() << width << "x" << height << " " << surfaceFormat
                                                << " " << imageFormat);
                const auto w = static_cast<uint32_t>(width);
                const auto h = static_cast<uint32_t>(height);
                auto surfaces = display.surfaces(surfaceFormat, w, h, 1);
                const VAImage in = create(imageFormat, width, height);
                const VAImage out = create(imageFormat, width, height);
                fill(in);
                EXPECT_EQ(VA_STATUS_SUCCESS,
                          vaPutImage(display, surfaces[0], in.image_id, 0, 0, w, h, 0, 0, w, h));
                EXPECT_EQ(VA_STATUS_SUCCESS,
                          vaGetImage(display, surfaces[0], 0, 0, w, h, out.image_id));
                expectPattern(out);
                EXPECT_EQ(VA_STATUS_SUCCESS, vaDestroyImage(display, in.image_id));
                EXPECT_EQ(VA_STATUS_SUCCESS, vaDestroyImage(display, out.image_id));
                EXPECT_EQ(VA_STATUS_SUCCESS, vaDestroySurfaces(display, surfaces.data(), 1));
            }
        }
    }
}

TEST_F(ImageTest, DerivedImageIsTheSurfaceItself)
{
    for (const uint32_t fourcc : {VA_FOURCC_NV12, VA_FOURCC_I420}) {
        const auto surfaces = display.surfaces(fourcc, 66, 34, 1);
        VAImage derived{};
        ASSERT_EQ(VA_STATUS_SUCCESS, vaDeriveImage(display, surfaces[0], &derived));
        EXPECT_EQ(fourcc, derived.format.fourcc);
        EXPECT_EQ(66, derived.width);
        EXPECT_EQ(34, derived.height);
        fill(derived);
        const VAImage copy = create(VA_FOURCC_I420, 66, 34);
        ASSERT_EQ(VA_STATUS_SUCCESS, vaGetImage(display, surfaces[0], 0, 0, 66, 34, copy.image_id));
        expectPattern(copy);
        EXPECT_EQ(VA_STATUS_SUCCESS, vaDestroyImage(display, derived.image_id));
    }
}

TEST_F(ImageTest, DerivedImageOutlivesItsSurface)
{
    auto surfaces = display.surfaces(VA_FOURCC_NV12, 64, 64, 1);
    VAImage derived{};
    ASSERT_EQ(VA_STATUS_SUCCESS, vaDeriveImage(display, surfaces[0], &derived));
    ASSERT_EQ(VA_STATUS_SUCCESS, vaDestroySurfaces(display, surfaces.data(), 1));
    fill(derived);
    expectPattern(derived);
    EXPECT_EQ(VA_STATUS_SUCCESS, vaDestroyImage(display, derived.image_id));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_IMAGE, vaDestroyImage(display, derived.image_id));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_BUFFER, vaUnmapBuffer(display, derived.buf));
}

TEST_F(ImageTest, RectanglesOutsideAreRefused)
{
    const auto surfaces = display.surfaces(VA_FOURCC_NV12, 64, 48, 1);
    const VAImage image = create(VA_FOURCC_NV12, 32, 32);
    const auto get = [&](int x, int y, unsigned width, unsigned height) {
        return vaGetImage(display, surfaces[0], x, y, width, height, image.image_id);
    };
    EXPECT_EQ(VA_STATUS_SUCCESS, get(32, 16, 32, 32));
    for (const auto &[x, y, width, height] : {std::tuple{33, 16, 32U, 32U},
                                              {32, 17, 32U, 32U},
                                              {-1, 0, 8U, 8U},
                                              {0, -1, 8U, 8U},
                                              {0, 0, 33U, 8U},
                                              {0, 0, 8U, 33U},
                                              {0, 0, 0U, 8U},
                                              {0, 0, UINT32_MAX, 8U},
                                              {INT32_MAX, 0, 8U, 8U},
                                              {1, 0, UINT32_MAX, 1U}}) {
        EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, get(x, y, width, height))
            << x << " " << y << " " << width << " " << height;
    }
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER,
              vaPutImage(display, surfaces[0], image.image_id, 0, 0, 33, 8, 0, 0, 33, 8));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER,
              vaPutImage(display, surfaces[0], image.image_id, 0, 0, 32, 32, 40, 0, 32, 32));
    EXPECT_EQ(VA_STATUS_ERROR_UNIMPLEMENTED,
              vaPutImage(display, surfaces[0], image.image_id, 0, 0, 32, 32, 0, 0, 16, 16));
}

TEST_F(ImageTest, WrongArgumentsGetTheirStatus)
{
    VAImageFormat format{};
    format.fourcc = VA_FOURCC_RGBA;
    VAImage image{};
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_IMAGE_FORMAT,
              vaCreateImage(display, &format, 16, 16, &image));
    format.fourcc = VA_FOURCC_NV12;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, vaCreateImage(display, &format, 0, 16, &image));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, vaCreateImage(display, &format, 16, -1, &image));
    EXPECT_EQ(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED,
              vaCreateImage(display, &format, 100000, 16, &image));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, vaCreateImage(display, nullptr, 16, 16, &image));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, vaCreateImage(display, &format, 16, 16, nullptr));
    const auto surfaces = display.surfaces(VA_FOURCC_NV12, 16, 16, 1);
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, vaDeriveImage(display, surfaces[0], nullptr));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_SURFACE, vaDeriveImage(display, 5, &image));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_IMAGE,
              vaGetImage(display, surfaces[0], 0, 0, 16, 16, surfaces[0]));
    const VAImage good = create(VA_FOURCC_NV12, 16, 16);
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_SURFACE,
              vaGetImage(display, good.image_id, 0, 0, 16, 16, good.image_id));
}

} // namespace
} // namespace daedalus::va
