// SPDX-License-Identifier: BSD-2-Clause
//
// Surfaces, images and pictures of ten bits a sample.
#include <gtest/gtest.h>

#include <drm_fourcc.h>
#include <va/va_drmcommon.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "daedalus/unique_fd.h"
#include "gbm/format_info.h"
#include "tests/va-driver/display.h"
#include "tests/va-driver/vp9_clip.h"
#include "tests/va-driver/vp9_player.h"

namespace daedalus::va {
namespace {

constexpr uint32_t kWidth = 162;
constexpr uint32_t kHeight = 90;
constexpr unsigned kFrames = 12;
constexpr unsigned kKeyInterval = 6;
constexpr std::array<uint32_t, 2> kFormats{VA_FOURCC_P010, VA_FOURCC_I010};

class TenBitTest : public testing::Test {
protected:
    void SetUp() override { DAEDALUS_NEED_DISPLAY(display); }

    VAContextID makeContext() const
    {
        return display.context(display.config(VAProfileVP9Profile2), kWidth, kHeight);
    }

    VAImage create(uint32_t fourcc, uint32_t width, uint32_t height) const
    {
        VAImageFormat format{};
        format.fourcc = fourcc;
        VAImage image{};
        EXPECT_EQ(VA_STATUS_SUCCESS, vaCreateImage(display, &format, static_cast<int>(width),
                                                   static_cast<int>(height), &image));
        return image;
    }

    static uint16_t pattern(unsigned component, uint32_t x, uint32_t y)
    {
        return static_cast<uint16_t>((component * 333 + x * 5 + y * 47 + x * y / 3) & 0x3ff);
    }

    /// Calls @p function with the address of each sample and what the pattern has there,
    /// in the sample's own bits.
    template <typename Function>
    void forEach(const VAImage &image, Function function) const
    {
        const gbm::FormatInfo &format = *gbm::FormatInfo::fromVa(image.format.fourcc);
        void *data = nullptr;
        ASSERT_EQ(VA_STATUS_SUCCESS, vaMapBuffer(display, image.buf, &data));
        for (unsigned component = 0; component < 3; ++component) {
            const bool shared = component > 0 && format.semiPlanar();
            const unsigned plane = shared ? 1 : component;
            for (uint32_t y = 0; y < format.rows(component, image.height); ++y) {
                auto *row = static_cast<uint8_t *>(data) + image.offsets[plane] +
                            size_t{y} * image.pitches[plane];
                const uint32_t columns = component == 0 ? image.width : (image.width + 1U) / 2;
                for (uint32_t x = 0; x < columns; ++x) {
                    const size_t word = shared ? 2 * size_t{x} + component - 1 : x;
                    const auto value = static_cast<uint16_t>(pattern(component, x, y)
                                                             << (format.semiPlanar() ? 6 : 0));
                    function(row + 2 * word, value);
                }
            }
        }
        ASSERT_EQ(VA_STATUS_SUCCESS, vaUnmapBuffer(display, image.buf));
    }

    void fill(const VAImage &image) const
    {
        forEach(image, [](uint8_t *sample, uint16_t value) {
            std::memcpy(sample, &value, sizeof(value));
        });
    }

    void expectPattern(const VAImage &image) const
    {
        unsigned wrong = 0;
        forEach(image, [&wrong](const uint8_t *sample, uint16_t value) {
            wrong += std::memcmp(sample, &value, sizeof(value)) != 0 ? 1 : 0;
        });
        EXPECT_EQ(0U, wrong);
    }

    Display display;
};

TEST_F(TenBitTest, ConfigsAreOfTheirOwn)
{
    const auto rtFormat = [this](VAProfile profile) {
        VAConfigAttrib attribute{VAConfigAttribRTFormat, 0};
        EXPECT_EQ(VA_STATUS_SUCCESS,
                  vaGetConfigAttributes(display, profile, VAEntrypointVLD, &attribute, 1));
        return attribute.value;
    };
    EXPECT_EQ(uint32_t{VA_RT_FORMAT_YUV420_10}, rtFormat(VAProfileVP9Profile2));
    EXPECT_EQ(uint32_t{VA_RT_FORMAT_YUV420}, rtFormat(VAProfileVP9Profile0));
    EXPECT_EQ(uint32_t{VA_RT_FORMAT_YUV420}, rtFormat(VAProfileH264High));
    VAConfigID id = VA_INVALID_ID;
    for (const uint32_t format : {VA_RT_FORMAT_YUV420, VA_RT_FORMAT_YUV420_12}) {
        VAConfigAttrib attribute{VAConfigAttribRTFormat, format};
        EXPECT_EQ(
            VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
            vaCreateConfig(display, VAProfileVP9Profile2, VAEntrypointVLD, &attribute, 1, &id));
    }
    VAConfigAttrib deep{VAConfigAttribRTFormat, VA_RT_FORMAT_YUV420_10};
    EXPECT_EQ(VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
              vaCreateConfig(display, VAProfileH264High, VAEntrypointVLD, &deep, 1, &id));
}

TEST_F(TenBitTest, OffersWhatClientsCanHandle)
{
    std::array<VASurfaceAttrib, 16> attributes{};
    unsigned count = attributes.size();
    ASSERT_EQ(VA_STATUS_SUCCESS,
              vaQuerySurfaceAttributes(display, display.config(VAProfileVP9Profile2),
                                       attributes.data(), &count));
    std::vector<uint32_t> offered;
    for (unsigned i = 0; i < count; ++i) {
        if (attributes[i].type == VASurfaceAttribPixelFormat) {
            offered.push_back(static_cast<uint32_t>(attributes[i].value.value.i));
        }
    }
    // FFmpeg would take I010 and fail; who asks for it gets it. It takes P012 for streams of
    // twelve bits, gets none, and decodes them in software.
    EXPECT_EQ((std::vector<uint32_t>{VA_FOURCC_P010, VA_FOURCC_P012}), offered);
    VASurfaceID surface = VA_INVALID_SURFACE;
    VASurfaceAttrib deep{};
    deep.type = VASurfaceAttribPixelFormat;
    deep.value.type = VAGenericValueTypeInteger;
    deep.value.value.i = VA_FOURCC_P012;
    for (const unsigned format : {VA_RT_FORMAT_YUV420_10, VA_RT_FORMAT_YUV420_12}) {
        EXPECT_EQ(VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
                  vaCreateSurfaces(display, format, kWidth, kHeight, &surface, 1, &deep, 1));
    }
    ASSERT_EQ(VA_STATUS_SUCCESS, vaCreateSurfaces(display, VA_RT_FORMAT_YUV420_10, kWidth, kHeight,
                                                  &surface, 1, nullptr, 0));
    VAImage image{};
    ASSERT_EQ(VA_STATUS_SUCCESS, vaDeriveImage(display, surface, &image));
    EXPECT_EQ(uint32_t{VA_FOURCC_P010}, image.format.fourcc);
}

TEST_F(TenBitTest, PutAndGetAreInverses)
{
    for (const auto &[width, height] : {std::pair{64U, 48U}, {33U, 17U}, {1U, 1U}, {321U, 181U}}) {
        for (const uint32_t surfaceFormat : kFormats) {
            for (const uint32_t imageFormat : kFormats) {
                const auto surfaces = display.surfaces(surfaceFormat, width, height, 1);
                const VAImage in = create(imageFormat, width, height);
                const VAImage out = create(imageFormat, width, height);
                fill(in);
                EXPECT_EQ(VA_STATUS_SUCCESS, vaPutImage(display, surfaces[0], in.image_id, 0, 0,
                                                        width, height, 0, 0, width, height));
                EXPECT_EQ(VA_STATUS_SUCCESS,
                          vaGetImage(display, surfaces[0], 0, 0, width, height, out.image_id));
                expectPattern(out);
            }
        }
    }
}

TEST_F(TenBitTest, DerivedImageIsTheSurfaceItself)
{
    for (const uint32_t fourcc : kFormats) {
        const auto surfaces = display.surfaces(fourcc, 66, 34, 1);
        VAImage derived{};
        ASSERT_EQ(VA_STATUS_SUCCESS, vaDeriveImage(display, surfaces[0], &derived));
        EXPECT_EQ(fourcc, derived.format.fourcc);
        fill(derived);
        const VAImage copy = create(VA_FOURCC_P010, 66, 34);
        ASSERT_EQ(VA_STATUS_SUCCESS, vaGetImage(display, surfaces[0], 0, 0, 66, 34, copy.image_id));
        expectPattern(copy);
    }
}

TEST_F(TenBitTest, ImagesOfEightBitsDoNotFit)
{
    const auto deep = display.surfaces(VA_FOURCC_P010, 64, 64, 1);
    const auto flat = display.surfaces(VA_FOURCC_NV12, 64, 64, 1);
    const VAImage flatImage = create(VA_FOURCC_NV12, 64, 64);
    const VAImage deepImage = create(VA_FOURCC_I010, 64, 64);
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_IMAGE_FORMAT,
              vaGetImage(display, deep[0], 0, 0, 64, 64, flatImage.image_id));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_IMAGE_FORMAT,
              vaGetImage(display, flat[0], 0, 0, 64, 64, deepImage.image_id));
}

TEST_F(TenBitTest, ExportNamesTheFormats)
{
    // drm_fourcc.h has S010 since 2025.
    constexpr uint32_t kS010 = fourcc_code('S', '0', '1', '0');
    struct Case {
        uint32_t fourcc;
        uint32_t composed;
        std::vector<uint32_t> layers;
    };
    for (const Case &test :
         {Case{VA_FOURCC_P010, DRM_FORMAT_P010, {DRM_FORMAT_R16, DRM_FORMAT_GR1616}},
          Case{VA_FOURCC_I010, kS010, {DRM_FORMAT_R16, DRM_FORMAT_R16, DRM_FORMAT_R16}}}) {
        const auto surfaces = display.surfaces(test.fourcc, kWidth, kHeight, 1);
        const auto planes = static_cast<uint32_t>(test.layers.size());
        VADRMPRIMESurfaceDescriptor descriptor{};
        ASSERT_EQ(
            VA_STATUS_SUCCESS,
            vaExportSurfaceHandle(display, surfaces[0], VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                                  VA_EXPORT_SURFACE_COMPOSED_LAYERS | VA_EXPORT_SURFACE_READ_ONLY,
                                  &descriptor));
        const UniqueFd first(descriptor.objects[0].fd);
        EXPECT_EQ(test.fourcc, descriptor.fourcc);
        ASSERT_EQ(1U, descriptor.num_layers);
        EXPECT_EQ(test.composed, descriptor.layers[0].drm_format);
        EXPECT_EQ(planes, descriptor.layers[0].num_planes);
        EXPECT_GE(descriptor.layers[0].pitch[0], 2 * kWidth);
        ASSERT_EQ(
            VA_STATUS_SUCCESS,
            vaExportSurfaceHandle(display, surfaces[0], VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                                  VA_EXPORT_SURFACE_SEPARATE_LAYERS | VA_EXPORT_SURFACE_READ_ONLY,
                                  &descriptor));
        const UniqueFd second(descriptor.objects[0].fd);
        ASSERT_EQ(planes, descriptor.num_layers);
        for (unsigned layer = 0; layer < planes; ++layer) {
            EXPECT_EQ(test.layers[layer], descriptor.layers[layer].drm_format);
        }
    }
}

TEST_F(TenBitTest, EveryFrameIsExact)
{
    const auto clip = Vp9Clip::make(kWidth, kHeight, kFrames, kKeyInterval, 1, 10);
    ASSERT_EQ(kFrames, clip.pictures.size());
    const VAContextID context = makeContext();
    for (const uint32_t fourcc : kFormats) {
        Vp9Player player(display, context);
        const auto surfaces = display.surfaces(fourcc, kWidth, kHeight, kFrames);
        for (unsigned i = 0; i < kFrames; ++i) {
            ASSERT_EQ(VA_STATUS_SUCCESS, player.decode(clip.frames[i], surfaces[i]));
        }
        for (unsigned i = 0; i < kFrames; ++i) {
            ASSERT_EQ(VA_STATUS_SUCCESS, vaSyncSurface(display, surfaces[i]));
            EXPECT_EQ(clip.pictures[i], display.read(surfaces[i], kWidth, kHeight, 10)) << i;
        }
    }
}

TEST_F(TenBitTest, BitDepthMayChangeInAStream)
{
    const auto deep = Vp9Clip::make(kWidth, kHeight, 4, 4, 1, 10);
    const auto flat = Vp9Clip::make(kWidth, kHeight, 4, 4, 2);
    Vp9Player player(display, makeContext());
    for (unsigned round = 0; round < 2; ++round) {
        const auto ten = display.surfaces(VA_FOURCC_I010, kWidth, kHeight, 4);
        const auto eight = display.surfaces(VA_FOURCC_NV12, kWidth, kHeight, 4);
        for (unsigned i = 0; i < 4; ++i) {
            ASSERT_EQ(VA_STATUS_SUCCESS, player.decode(deep.frames[i], ten[i]));
        }
        for (unsigned i = 0; i < 4; ++i) {
            ASSERT_EQ(VA_STATUS_SUCCESS, player.decode(flat.frames[i], eight[i]));
        }
        for (unsigned i = 0; i < 4; ++i) {
            ASSERT_EQ(VA_STATUS_SUCCESS, vaSyncSurface(display, ten[i]));
            ASSERT_EQ(VA_STATUS_SUCCESS, vaSyncSurface(display, eight[i]));
            EXPECT_EQ(deep.pictures[i], display.read(ten[i], kWidth, kHeight, 10)) << i;
            EXPECT_EQ(flat.pictures[i], display.read(eight[i], kWidth, kHeight)) << i;
        }
    }
}

TEST_F(TenBitTest, PictureOfAnotherBitDepthThanItsSurfaceIsRefused)
{
    const auto deep = Vp9Clip::make(kWidth, kHeight, 1, 1, 1, 10);
    const auto flat = Vp9Clip::make(kWidth, kHeight, 1, 1, 1);
    const auto twelve = Vp9Clip::make(kWidth, kHeight, 1, 1, 1, 12);
    const auto ten = display.surfaces(VA_FOURCC_P010, kWidth, kHeight, 1);
    const auto eight = display.surfaces(VA_FOURCC_NV12, kWidth, kHeight, 1);
    Vp9Player player(display, makeContext());
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_SURFACE, player.decode(deep.frames.at(0), eight[0]));
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_SURFACE, player.decode(flat.frames.at(0), ten[0]));
    EXPECT_EQ(VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT, player.decode(twelve.frames.at(0), ten[0]));
    ASSERT_EQ(VA_STATUS_SUCCESS, player.decode(deep.frames.at(0), ten[0]));
    EXPECT_EQ(VA_STATUS_SUCCESS, vaSyncSurface(display, ten[0]));
    EXPECT_EQ(deep.pictures[0], display.read(ten[0], kWidth, kHeight, 10));
}

} // namespace
} // namespace daedalus::va
