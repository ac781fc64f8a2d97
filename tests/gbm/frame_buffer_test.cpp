// SPDX-License-Identifier: BSD-2-Clause
#include "gbm/frame_buffer.h"

#include <array>
#include <cerrno>
#include <vector>

#include <gtest/gtest.h>
#include <va/va.h>

#include "tests/gbm/nodes.h"
#include "tests/support/memory_file.h"

namespace daedalus::test {
namespace {

using Planes = std::vector<gbm::FrameBuffer::Plane>;

std::shared_ptr<gbm::DmaBufMapping> memory(size_t size)
{
    const UniqueFd file = test::memoryFile(size);
    auto mapping = gbm::DmaBufMapping::map(file.get(), 0, gbm::CpuAccess::ReadWrite);
    EXPECT_TRUE(mapping);
    return mapping ? *mapping : nullptr;
}

class FrameBufferTest : public testing::Test {
protected:
    static constexpr uint32_t kWidth = 64;
    static constexpr uint32_t kHeight = 32;
    static constexpr uint32_t kLuma = kWidth * kHeight;

    /// A tight NV12 picture that fills its memory to the last byte.
    Planes nv12Planes() const
    {
        return {{.mapping = memory_, .offset = 0, .stride = kWidth, .size = kLuma},
                {.mapping = memory_, .offset = kLuma, .stride = kWidth, .size = kLuma / 2}};
    }

    void expectRefused(const Planes &planes, uint32_t width = kWidth, uint32_t height = kHeight)
    {
        const auto frame = gbm::FrameBuffer::create(nv12_, width, height, planes);
        ASSERT_FALSE(frame);
        EXPECT_EQ(frame.error().code(), EINVAL);
        EXPECT_FALSE(frame.error().what().empty());
    }

    const gbm::FormatInfo &nv12_ = *gbm::FormatInfo::fromVa(VA_FOURCC_NV12);
    const gbm::FormatInfo &i420_ = *gbm::FormatInfo::fromVa(VA_FOURCC_I420);
    const gbm::FormatInfo &p010_ = *gbm::FormatInfo::fromVa(VA_FOURCC_P010);
    std::shared_ptr<gbm::DmaBufMapping> memory_ = memory(kLuma * 3 / 2);
};

TEST_F(FrameBufferTest, TakesPlanesThatFitExactly)
{
    const auto frame = gbm::FrameBuffer::create(nv12_, kWidth, kHeight, nv12Planes());
    ASSERT_TRUE(frame) << frame.error().what();
    EXPECT_EQ(&(*frame)->format(), &nv12_);
    EXPECT_EQ((*frame)->width(), kWidth);
    EXPECT_EQ((*frame)->height(), kHeight);
    EXPECT_EQ((*frame)->stride(1), kWidth);
    EXPECT_EQ((*frame)->size(1), kLuma / 2);
    EXPECT_EQ((*frame)->data(1) - (*frame)->data(0), ptrdiff_t{kLuma});
}

TEST_F(FrameBufferTest, RefusesWrongSizes)
{
    expectRefused(nv12Planes(), 0, kHeight);
    expectRefused(nv12Planes(), kWidth, 0);
    expectRefused(nv12Planes(), UINT32_MAX, kHeight);
    expectRefused(nv12Planes(), kWidth, UINT32_MAX);
    expectRefused(nv12Planes(), kWidth, kHeight + 1);
    expectRefused(nv12Planes(), kWidth + 1, kHeight);
}

TEST_F(FrameBufferTest, RefusesWrongPlanes)
{
    auto planes = nv12Planes();
    planes.pop_back();
    expectRefused(planes);
    planes = nv12Planes();
    planes.push_back(planes[1]);
    expectRefused(planes);
    planes = nv12Planes();
    planes[1].mapping = nullptr;
    expectRefused(planes);
}

TEST_F(FrameBufferTest, RefusesPlanesBeyondTheirMemory)
{
    auto planes = nv12Planes();
    planes[1].offset += 1;
    expectRefused(planes);
    planes = nv12Planes();
    planes[1].size += 1;
    expectRefused(planes);
    planes = nv12Planes();
    planes[1].size -= 1;
    expectRefused(planes);
    planes = nv12Planes();
    planes[0].stride -= 1;
    expectRefused(planes);
    planes = nv12Planes();
    planes[0].stride += 1;
    expectRefused(planes);
    // Sums and products that wrap around in 32 bits.
    planes = nv12Planes();
    planes[1].offset = UINT32_MAX - 100;
    expectRefused(planes);
    planes = nv12Planes();
    planes[0].stride = 0x80000000U;
    expectRefused(planes);
    planes = nv12Planes();
    planes[0].size = UINT32_MAX;
    expectRefused(planes);
}

TEST_F(FrameBufferTest, TheLastRowMayEndAtItsLastSample)
{
    auto planes = nv12Planes();
    planes[1].size -= 2;
    EXPECT_TRUE(gbm::FrameBuffer::create(nv12_, kWidth - 2, kHeight, planes));
    expectRefused(planes);
}

TEST_F(FrameBufferTest, SixteenBitSamplesAreAligned)
{
    auto planes = nv12Planes();
    EXPECT_TRUE(gbm::FrameBuffer::create(p010_, kWidth / 2, kHeight, planes));
    planes[1].offset -= 1;
    EXPECT_FALSE(gbm::FrameBuffer::create(p010_, kWidth / 2, kHeight, planes));
    planes = nv12Planes();
    planes[0].stride -= 1;
    EXPECT_FALSE(gbm::FrameBuffer::create(p010_, kWidth / 4, kHeight, planes));
}

TEST_F(FrameBufferTest, PlanesMayHaveMemoryOfTheirOwn)
{
    auto planes = nv12Planes();
    planes[1].mapping = memory(kLuma / 2);
    planes[1].offset = 0;
    const auto frame = gbm::FrameBuffer::create(nv12_, kWidth, kHeight, planes);
    ASSERT_TRUE(frame) << frame.error().what();
    EXPECT_EQ((*frame)->data(1), reinterpret_cast<uint8_t *>(planes[1].mapping->data()));
    EXPECT_TRUE((*frame)->beginAccess(gbm::CpuAccess::ReadWrite));
    EXPECT_TRUE((*frame)->endAccess(gbm::CpuAccess::ReadWrite));
}

TEST_F(FrameBufferTest, KeepsItsMappingsAlive)
{
    auto frame = gbm::FrameBuffer::create(nv12_, kWidth, kHeight, nv12Planes());
    ASSERT_TRUE(frame) << frame.error().what();
    const std::weak_ptr<gbm::DmaBufMapping> watched = memory_;
    memory_.reset();
    EXPECT_FALSE(watched.expired());
    (*frame)->data(1)[kLuma / 2 - 1] = 7;
    frame->reset();
    EXPECT_TRUE(watched.expired());
}

TEST_F(FrameBufferTest, FollowsTheStandardLayout)
{
    for (const gbm::FormatInfo &format : gbm::FormatInfo::all()) {
        SCOPED_TRACE(format.name);
        const auto layout = gbm::SurfaceLayout::standard(format, 131, 77);
        const auto mapping = memory(layout.size);
        const auto frame = gbm::FrameBuffer::create(mapping, layout);
        ASSERT_TRUE(frame) << frame.error().what();
        EXPECT_EQ((*frame)->width(), 256U);
        EXPECT_EQ((*frame)->height(), 128U);
        size_t total = 0;
        for (unsigned plane = 0; plane < format.planes; ++plane) {
            EXPECT_EQ((*frame)->stride(plane), layout.stride[plane]);
            EXPECT_EQ(reinterpret_cast<std::byte *>((*frame)->data(plane)),
                      mapping->data() + layout.offset[plane]);
            EXPECT_GE((*frame)->size(plane), layout.planeSize(plane));
            total += (*frame)->size(plane);
        }
        // Each plane up to the next one, the last with the padding behind it.
        EXPECT_EQ(total, layout.size);
    }
}

TEST_F(FrameBufferTest, StandardLayoutNeedsAllItsMemory)
{
    const auto layout = gbm::SurfaceLayout::standard(i420_, 131, 77);
    EXPECT_FALSE(gbm::FrameBuffer::create(memory(layout.size - 1), layout));
}

TEST_F(FrameBufferTest, FollowsAClientsLayout)
{
    // Chroma planes swapped, luma rows with a gap behind them, chroma rows with none
    // after the last sample of the last row.
    gbm::SurfaceLayout layout{.format = &i420_,
                              .width = 60,
                              .height = 31,
                              .alignedHeight = 31,
                              .offset = {0, 2500, 2000},
                              .stride = {64, 31, 31},
                              .size = 2500 + 31 * 15 + 30};
    const auto frame = gbm::FrameBuffer::create(memory(layout.size), layout);
    ASSERT_TRUE(frame) << frame.error().what();
    EXPECT_EQ((*frame)->width(), 60U);
    EXPECT_EQ((*frame)->height(), 31U);
    EXPECT_EQ((*frame)->size(0), 2000U);
    EXPECT_EQ((*frame)->size(1), layout.size - 2500);
    EXPECT_EQ((*frame)->size(2), 500U);

    layout.offset[2] = 2100; // now the second chroma plane runs into the first
    EXPECT_FALSE(gbm::FrameBuffer::create(memory(layout.size), layout));
    layout.offset[2] = 2500; // and now they are one
    EXPECT_FALSE(gbm::FrameBuffer::create(memory(layout.size * 2), layout));
}

TEST_F(FrameBufferTest, RefusesAnIncompleteLayout)
{
    const auto complete = gbm::SurfaceLayout::standard(nv12_, 16, 16);
    const auto mapping = memory(complete.size);
    EXPECT_TRUE(gbm::FrameBuffer::create(mapping, complete));
    auto layout = complete;
    layout.format = nullptr;
    EXPECT_FALSE(gbm::FrameBuffer::create(mapping, layout));
    layout = complete;
    layout.alignedHeight = 8;
    EXPECT_FALSE(gbm::FrameBuffer::create(mapping, layout));
    layout = complete;
    layout.stride[0] = 0;
    EXPECT_FALSE(gbm::FrameBuffer::create(mapping, layout));
    layout = complete;
    layout.offset[1] = UINT32_MAX;
    EXPECT_FALSE(gbm::FrameBuffer::create(mapping, layout));
    EXPECT_FALSE(gbm::FrameBuffer::create(nullptr, complete));
}

} // namespace
} // namespace daedalus::test
