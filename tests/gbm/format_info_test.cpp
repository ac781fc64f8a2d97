// SPDX-License-Identifier: BSD-2-Clause
#include "gbm/format_info.h"

#include <set>

#include <drm_fourcc.h>
#include <gtest/gtest.h>
#include <linux/videodev2.h>
#include <va/va.h>

namespace daedalus::test {
namespace {

TEST(FormatInfo, EveryNameLeadsBackToItsRow)
{
    ASSERT_FALSE(gbm::FormatInfo::all().empty());
    for (const gbm::FormatInfo &format : gbm::FormatInfo::all()) {
        SCOPED_TRACE(format.name);
        EXPECT_EQ(gbm::FormatInfo::fromDrm(format.drm), &format);
        EXPECT_EQ(gbm::FormatInfo::fromVa(format.va), &format);
        if (format.v4l2 != 0) {
            EXPECT_EQ(gbm::FormatInfo::fromV4l2(format.v4l2), &format);
        }
        if (format.v4l2Multi != 0) {
            EXPECT_EQ(gbm::FormatInfo::fromV4l2(format.v4l2Multi), &format);
        }
    }
}

TEST(FormatInfo, NoNameOccursTwice)
{
    std::set<std::string_view> names;
    std::set<uint32_t> drm;
    std::set<uint32_t> va;
    std::set<uint32_t> v4l2;
    for (const gbm::FormatInfo &format : gbm::FormatInfo::all()) {
        SCOPED_TRACE(format.name);
        EXPECT_TRUE(names.insert(format.name).second);
        EXPECT_TRUE(drm.insert(format.drm).second);
        EXPECT_TRUE(va.insert(format.va).second);
        EXPECT_TRUE(format.v4l2 == 0 || v4l2.insert(format.v4l2).second);
        EXPECT_TRUE(format.v4l2Multi == 0 || v4l2.insert(format.v4l2Multi).second);
    }
}

TEST(FormatInfo, UnknownNamesAreNotFound)
{
    EXPECT_EQ(gbm::FormatInfo::fromDrm(DRM_FORMAT_XRGB8888), nullptr);
    EXPECT_EQ(gbm::FormatInfo::fromVa(VA_FOURCC_YUY2), nullptr);
    EXPECT_EQ(gbm::FormatInfo::fromV4l2(V4L2_PIX_FMT_YUYV), nullptr);
    // Zero is what a row says that has no such name: it must find none of them.
    EXPECT_EQ(gbm::FormatInfo::fromDrm(0), nullptr);
    EXPECT_EQ(gbm::FormatInfo::fromVa(0), nullptr);
    EXPECT_EQ(gbm::FormatInfo::fromV4l2(0), nullptr);
}

TEST(FormatInfo, TheInterfacesAgree)
{
    const gbm::FormatInfo *nv12 = gbm::FormatInfo::fromVa(VA_FOURCC_NV12);
    ASSERT_NE(nv12, nullptr);
    EXPECT_EQ(nv12, gbm::FormatInfo::fromDrm(DRM_FORMAT_NV12));
    EXPECT_EQ(nv12, gbm::FormatInfo::fromV4l2(V4L2_PIX_FMT_NV12));
    EXPECT_EQ(nv12, gbm::FormatInfo::fromV4l2(V4L2_PIX_FMT_NV12M));
    EXPECT_EQ(nv12->vaRtFormat, unsigned{VA_RT_FORMAT_YUV420});

    const gbm::FormatInfo *i420 = gbm::FormatInfo::fromVa(VA_FOURCC_I420);
    ASSERT_NE(i420, nullptr);
    EXPECT_EQ(i420, gbm::FormatInfo::fromVa(VA_FOURCC_IYUV));
    EXPECT_EQ(i420, gbm::FormatInfo::fromDrm(DRM_FORMAT_YUV420));
    EXPECT_EQ(i420, gbm::FormatInfo::fromV4l2(V4L2_PIX_FMT_YUV420));
    EXPECT_EQ(i420, gbm::FormatInfo::fromV4l2(V4L2_PIX_FMT_YUV420M));

    const gbm::FormatInfo *p010 = gbm::FormatInfo::fromVa(VA_FOURCC_P010);
    ASSERT_NE(p010, nullptr);
    EXPECT_EQ(p010, gbm::FormatInfo::fromDrm(DRM_FORMAT_P010));
    EXPECT_EQ(p010, gbm::FormatInfo::fromV4l2(V4L2_PIX_FMT_P010));
    EXPECT_EQ(p010->vaRtFormat, unsigned{VA_RT_FORMAT_YUV420_10});

    ASSERT_NE(gbm::FormatInfo::fromVa(VA_FOURCC_I010), nullptr);
    // YV12 has the chroma planes the other way round: it must not pass for I420.
    EXPECT_EQ(gbm::FormatInfo::fromVa(VA_FOURCC_YV12), nullptr);
    EXPECT_EQ(gbm::FormatInfo::fromDrm(DRM_FORMAT_YVU420), nullptr);
}

TEST(FormatInfo, RowsAreConsistent)
{
    for (const gbm::FormatInfo &format : gbm::FormatInfo::all()) {
        SCOPED_TRACE(format.name);
        EXPECT_TRUE(format.planes == 2 || format.planes == 3);
        EXPECT_EQ(format.semiPlanar(), format.planes == 2);
        EXPECT_EQ(format.bytesPerSample, format.bitDepth > 8 ? 2 : 1);
        for (unsigned plane = 0; plane < format.drmLayers.size(); ++plane) {
            EXPECT_EQ(format.drmLayers[plane] != 0, plane < format.planes);
        }
    }
}

TEST(FormatInfo, LayersHaveTheBytesOfTheirSamples)
{
    const auto bytes = [](uint32_t layer) -> unsigned {
        switch (layer) {
        case DRM_FORMAT_R8:
            return 1;
        case DRM_FORMAT_R16:
        case DRM_FORMAT_GR88:
            return 2;
        case DRM_FORMAT_GR1616:
            return 4;
        default:
            return 0;
        }
    };
    for (const gbm::FormatInfo &format : gbm::FormatInfo::all()) {
        SCOPED_TRACE(format.name);
        EXPECT_EQ(bytes(format.drmLayers[0]), format.rowBytes(0, 1));
        for (unsigned plane = 1; plane < format.planes; ++plane) {
            // One chroma sample, or pair of samples, stands for two luma samples.
            EXPECT_EQ(bytes(format.drmLayers[plane]), format.rowBytes(plane, 2));
        }
    }
}

TEST(FormatInfo, OddSizesRoundChromaUp)
{
    const gbm::FormatInfo &nv12 = *gbm::FormatInfo::fromVa(VA_FOURCC_NV12);
    EXPECT_EQ(nv12.rowBytes(0, 5), 5U);
    EXPECT_EQ(nv12.rowBytes(1, 5), 6U);
    EXPECT_EQ(nv12.rows(0, 7), 7U);
    EXPECT_EQ(nv12.rows(1, 7), 4U);

    const gbm::FormatInfo &i420 = *gbm::FormatInfo::fromVa(VA_FOURCC_I420);
    EXPECT_EQ(i420.rowBytes(1, 5), 3U);
    EXPECT_EQ(i420.rowBytes(2, 1), 1U);
    EXPECT_EQ(i420.rows(2, 1), 1U);

    const gbm::FormatInfo &p010 = *gbm::FormatInfo::fromVa(VA_FOURCC_P010);
    EXPECT_EQ(p010.rowBytes(0, 5), 10U);
    EXPECT_EQ(p010.rowBytes(1, 5), 12U);

    const gbm::FormatInfo &i010 = *gbm::FormatInfo::fromVa(VA_FOURCC_I010);
    EXPECT_EQ(i010.rowBytes(1, 5), 6U);
    // No overflow at the end of the range.
    EXPECT_EQ(i420.rows(1, UINT32_MAX), 0x80000000U);
}

} // namespace
} // namespace daedalus::test
