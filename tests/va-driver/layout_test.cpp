// SPDX-License-Identifier: BSD-2-Clause
#include <gtest/gtest.h>

#include <drm_fourcc.h>

#include "tests/support/memory_file.h"
#include "va-driver/capture_layout.h"
#include "va-driver/surface_import.h"

namespace daedalus::va {
namespace {

const gbm::FormatInfo &nv12()
{
    return *gbm::FormatInfo::fromVa(VA_FOURCC_NV12);
}

const gbm::FormatInfo &i420()
{
    return *gbm::FormatInfo::fromVa(VA_FOURCC_I420);
}

TEST(CaptureLayout, DescribesOurOwnSurfaces)
{
    for (const gbm::FormatInfo *format : {&nv12(), &i420(), gbm::FormatInfo::fromVa(VA_FOURCC_P010),
                                          gbm::FormatInfo::fromVa(VA_FOURCC_I010)}) {
        for (const auto &[width, height] : {std::pair{1920U, 1080U}, {16U, 16U}, {226U, 226U}}) {
            const auto surface = gbm::SurfaceLayout::standard(*format, width, height);
            const auto layout = va::CaptureLayout::of(surface);
            ASSERT_TRUE(layout) << format->name << " " << width;
            EXPECT_TRUE(layout->matches(surface));
            EXPECT_EQ(surface.stride[0], layout->stride);
            EXPECT_EQ(surface.alignedHeight, layout->rows);
            EXPECT_LE(layout->size, surface.size);
        }
    }
}

TEST(CaptureLayout, RefusesWhatTheModuleWouldNotFind)
{
    const auto good = gbm::SurfaceLayout::standard(nv12(), 320, 240);
    auto gap = good;
    gap.offset[1] += 64;
    EXPECT_FALSE(va::CaptureLayout::of(gap));
    auto noPadding = good;
    noPadding.size = good.offset[1] + size_t{good.stride[1]} * good.alignedHeight / 2;
    EXPECT_FALSE(va::CaptureLayout::of(noPadding));
    auto narrowChroma = good;
    narrowChroma.stride[1] /= 2;
    EXPECT_FALSE(va::CaptureLayout::of(narrowChroma));
    auto shifted = good;
    shifted.offset[0] = 4096;
    EXPECT_FALSE(va::CaptureLayout::of(shifted));
}

TEST(CaptureLayout, SurvivesTheTripThroughAV4l2Format)
{
    const auto layout = va::CaptureLayout::of(gbm::SurfaceLayout::standard(i420(), 640, 360));
    ASSERT_TRUE(layout);
    v4l2::V4l2Format format = layout->toFormat(640);
    EXPECT_EQ(640U, format.width);
    format.planes[0].size = static_cast<uint32_t>(layout->size);
    EXPECT_EQ(layout, va::CaptureLayout::fromFormat(format));
    format.planes[0].size += 4096; // the module has another idea
    EXPECT_FALSE(va::CaptureLayout::fromFormat(format));
}

/// A descriptor of a composed NV12 layer in a file of its own.
class ImportTest : public testing::Test {
protected:
    static constexpr uint32_t kWidth = 100;
    static constexpr uint32_t kHeight = 50;
    static constexpr uint32_t kPitch = 112;

    void SetUp() override
    {
        file_ = test::memoryFile(kPitch * (kHeight + kHeight / 2));
        ASSERT_TRUE(file_);
        descriptor_.fourcc = VA_FOURCC_NV12;
        descriptor_.width = kWidth;
        descriptor_.height = kHeight;
        descriptor_.num_objects = 1;
        descriptor_.objects[0].fd = file_.get();
        descriptor_.num_layers = 1;
        auto &layer = descriptor_.layers[0];
        layer.drm_format = DRM_FORMAT_NV12;
        layer.num_planes = 2;
        layer.pitch[0] = layer.pitch[1] = kPitch;
        layer.offset[1] = kPitch * kHeight;
    }

    [[nodiscard]] VAStatus import() const
    {
        const auto memory =
            va::parsePrime2(descriptor_).and_then([](const va::ImportRequest &request) {
                return va::importSurface(request, kWidth, kHeight);
            });
        return memory ? VA_STATUS_SUCCESS : memory.error();
    }

    UniqueFd file_;
    VADRMPRIMESurfaceDescriptor descriptor_{};
};

TEST_F(ImportTest, TakesATightBuffer)
{
    const auto request = va::parsePrime2(descriptor_);
    ASSERT_TRUE(request);
    const auto memory = va::importSurface(*request, kWidth, kHeight);
    ASSERT_TRUE(memory);
    EXPECT_EQ(kHeight, (*memory)->layout().alignedHeight);
    EXPECT_FALSE((*memory)->hasStandardLayout());
    EXPECT_NE(file_.get(), (*memory)->fd());
    EXPECT_TRUE((*memory)->frame());
}

TEST_F(ImportTest, TakesSeparateLayersAndTwoNamesOfOneBuffer)
{
    const UniqueFd other(::dup(file_.get()));
    descriptor_.num_objects = 2;
    descriptor_.objects[1].fd = other.get();
    descriptor_.num_layers = 2;
    descriptor_.layers[0].num_planes = 1;
    descriptor_.layers[1].num_planes = 1;
    descriptor_.layers[1].object_index[0] = 1;
    descriptor_.layers[1].offset[0] = kPitch * kHeight;
    descriptor_.layers[1].pitch[0] = kPitch;
    EXPECT_EQ(VA_STATUS_SUCCESS, import());
}

TEST_F(ImportTest, RefusesTwoBuffers)
{
    const UniqueFd other = test::memoryFile(65536);
    descriptor_.num_objects = 2;
    descriptor_.objects[1].fd = other.get();
    EXPECT_EQ(VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE, import());
}

TEST_F(ImportTest, RefusesTiledMemory)
{
    descriptor_.objects[0].drm_format_modifier = DRM_FORMAT_MOD_BROADCOM_UIF;
    EXPECT_EQ(VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE, import());
}

TEST_F(ImportTest, RefusesAPlaneBeyondTheEnd)
{
    descriptor_.layers[0].offset[1] += kPitch;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, import());
    descriptor_.layers[0].offset[1] = 0xfffff000;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, import());
}

TEST_F(ImportTest, RefusesOverlappingPlanes)
{
    descriptor_.layers[0].offset[1] = 0;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, import());
    descriptor_.layers[0].offset[1] = kPitch * (kHeight - 1);
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, import());
}

TEST_F(ImportTest, RefusesShortRowsAndWrongPlanes)
{
    descriptor_.layers[0].pitch[0] = kWidth - 1;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, import());
    descriptor_.layers[0].pitch[0] = 0;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, import());
    descriptor_.layers[0].pitch[0] = kPitch;
    descriptor_.layers[0].num_planes = 1;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, import());
    descriptor_.layers[0].num_planes = 5;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, import());
    descriptor_.layers[0].num_planes = 2;
    descriptor_.num_layers = 9;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, import());
    descriptor_.num_layers = 1;
    descriptor_.layers[0].object_index[1] = 1;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, import());
}

TEST_F(ImportTest, RefusesABadDescriptor)
{
    descriptor_.objects[0].fd = -1;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_PARAMETER, import());
    descriptor_.num_objects = 0;
    EXPECT_EQ(VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE, import());
    descriptor_.num_objects = 5;
    EXPECT_EQ(VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE, import());
}

TEST_F(ImportTest, RefusesAnUnknownFormat)
{
    descriptor_.fourcc = VA_FOURCC_RGBA;
    EXPECT_EQ(VA_STATUS_ERROR_INVALID_IMAGE_FORMAT, import());
}

TEST_F(ImportTest, TakesTheOldDescriptor)
{
    uintptr_t buffer = static_cast<uintptr_t>(file_.get());
    VASurfaceAttribExternalBuffers old{};
    old.pixel_format = VA_FOURCC_NV12;
    old.num_planes = 2;
    old.pitches[0] = old.pitches[1] = kPitch;
    old.offsets[1] = kPitch * kHeight;
    old.buffers = &buffer;
    old.num_buffers = 1;
    const auto request = va::parsePrime(old, 0);
    ASSERT_TRUE(request);
    EXPECT_TRUE(va::importSurface(*request, kWidth, kHeight));
    EXPECT_FALSE(va::parsePrime(old, 1));
    old.flags = VA_SURFACE_EXTBUF_DESC_ENABLE_TILING;
    EXPECT_EQ(VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE, va::parsePrime(old, 0).error());
}

} // namespace
} // namespace daedalus::va
