// SPDX-License-Identifier: BSD-2-Clause
#include "gbm/surface_layout.h"

#include <gtest/gtest.h>
#include <va/va.h>

#include "daedalus_v4l2_proto.h"

namespace daedalus::test {
namespace {

const gbm::FormatInfo &format(uint32_t fourcc)
{
    const gbm::FormatInfo *found = gbm::FormatInfo::fromVa(fourcc);
    EXPECT_NE(found, nullptr);
    return *found;
}

TEST(SurfaceLayout, Nv12Of1080p)
{
    const auto layout = gbm::SurfaceLayout::standard(format(VA_FOURCC_NV12), 1920, 1080);
    EXPECT_EQ(layout.width, 1920U);
    EXPECT_EQ(layout.height, 1080U);
    EXPECT_EQ(layout.alignedHeight, 1152U);
    EXPECT_EQ(layout.stride[0], 1920U);
    EXPECT_EQ(layout.stride[1], 1920U);
    EXPECT_EQ(layout.offset[0], 0U);
    EXPECT_EQ(layout.offset[1], 1920U * 1152U);
    EXPECT_EQ(layout.size, 1920U * 1152U * 3 / 2 + 4096);
    EXPECT_EQ(layout.planeSize(0), 1920U * 1152U);
    EXPECT_EQ(layout.planeSize(1), 1920U * 576U);
}

TEST(SurfaceLayout, I420OfOddSize)
{
    const auto layout = gbm::SurfaceLayout::standard(format(VA_FOURCC_I420), 129, 131);
    EXPECT_EQ(layout.stride[0], 256U);
    EXPECT_EQ(layout.stride[1], 128U);
    EXPECT_EQ(layout.stride[2], 128U);
    EXPECT_EQ(layout.alignedHeight, 256U);
    EXPECT_EQ(layout.offset[1], 256U * 256U);
    EXPECT_EQ(layout.offset[2], 256U * 256U + 128U * 128U);
    EXPECT_EQ(layout.size, 256U * 256U * 3 / 2 + 4096);
}

TEST(SurfaceLayout, SmallestPictures)
{
    for (const auto side : {1U, 8U}) {
        const auto layout = gbm::SurfaceLayout::standard(format(VA_FOURCC_NV12), side, side);
        EXPECT_EQ(layout.stride[0], 128U);
        EXPECT_EQ(layout.alignedHeight, 128U);
        EXPECT_EQ(layout.size, 128U * 128U * 3 / 2 + 4096);
    }
}

TEST(SurfaceLayout, P010Of4096x2304)
{
    const auto layout = gbm::SurfaceLayout::standard(format(VA_FOURCC_P010), 4096, 2304);
    EXPECT_EQ(layout.stride[0], 8192U);
    EXPECT_EQ(layout.stride[1], 8192U);
    EXPECT_EQ(layout.alignedHeight, 2304U);
    EXPECT_EQ(layout.offset[1], 8192U * 2304U);
    EXPECT_EQ(layout.size, 8192U * 2304U * 3 / 2 + 4096);
}

TEST(SurfaceLayout, TenBitRowsHaveTheSamplesOfEightBitRows)
{
    const auto eight = gbm::SurfaceLayout::standard(format(VA_FOURCC_I420), 200, 100);
    const auto ten = gbm::SurfaceLayout::standard(format(VA_FOURCC_I010), 200, 100);
    for (unsigned plane = 0; plane < 3; ++plane) {
        EXPECT_EQ(ten.stride[plane], 2 * eight.stride[plane]);
    }
}

/// Sizes around every rounding, each for every format.
class EveryLayout
    : public testing::TestWithParam<std::tuple<unsigned, std::pair<uint32_t, uint32_t>>> {};

TEST_P(EveryLayout, IsACaptureLayout)
{
    const auto [index, size] = GetParam();
    const gbm::FormatInfo &info = gbm::FormatInfo::all()[index];
    const auto [width, height] = size;
    const auto layout = gbm::SurfaceLayout::standard(info, width, height);

    EXPECT_EQ(layout.format, &info);
    EXPECT_GE(layout.stride[0], info.rowBytes(0, width));
    EXPECT_EQ(layout.stride[0] % DAEDALUS_STRIDE_ALIGN, 0U);
    EXPECT_EQ(layout.alignedHeight % DAEDALUS_HEIGHT_ALIGN, 0U);
    EXPECT_GE(layout.alignedHeight, height);
    EXPECT_LT(layout.alignedHeight, height + 128);

    // What daedalus_v4l2_proto.h says about the layout of CAPTURE buffers.
    uint64_t end = 0;
    for (unsigned plane = 0; plane < info.planes; ++plane) {
        const uint32_t divisor = plane > 0 && !info.semiPlanar() ? 2 : 1;
        EXPECT_EQ(layout.stride[plane], layout.stride[0] / divisor);
        EXPECT_EQ(layout.offset[plane], end);
        EXPECT_GE(layout.stride[plane], info.rowBytes(plane, width));
        EXPECT_EQ(layout.planeSize(plane),
                  layout.stride[plane] * (layout.alignedHeight / (plane > 0 ? 2 : 1)));
        end += layout.planeSize(plane);
    }
    EXPECT_EQ(layout.size, end + DAEDALUS_TAIL_PADDING);
}

INSTANTIATE_TEST_SUITE_P(
    Formats, EveryLayout,
    testing::Combine(testing::Range(0U, static_cast<unsigned>(gbm::FormatInfo::all().size())),
                     testing::Values(std::pair{1U, 1U}, std::pair{8U, 8U}, std::pair{127U, 127U},
                                     std::pair{128U, 128U}, std::pair{129U, 129U},
                                     std::pair{853U, 481U}, std::pair{1920U, 1080U},
                                     std::pair{4096U, 2304U},
                                     std::pair{gbm::SurfaceLayout::kMaxDimension,
                                               gbm::SurfaceLayout::kMaxDimension})),
    [](const auto &info) {
        const auto &size = std::get<1>(info.param);
        return std::string(gbm::FormatInfo::all()[std::get<0>(info.param)].name) + '_' +
               std::to_string(size.first) + 'x' + std::to_string(size.second);
    });

} // namespace
} // namespace daedalus::test
