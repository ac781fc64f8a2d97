// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/capture_slots.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <va/va.h>

#include "tests/va-driver/memory_file.h"

namespace daedalus::va {
namespace {

constexpr std::byte kPicture{0x55};
constexpr std::byte kBefore{0x11};

void fill(va::SurfaceMemory &memory, std::byte value)
{
    const auto mapping = memory.mapping();
    ASSERT_TRUE(mapping) << mapping.error().what();
    std::ranges::fill((*mapping)->bytes(), value);
}

/// Luma of a surface.
std::byte luma(va::SurfaceMemory &memory, uint32_t x, uint32_t y)
{
    const auto mapping = memory.mapping();
    return (*mapping)->bytes()[size_t{y} * memory.layout().stride[0] + x];
}

/// A surface of a size after a picture of another one was copied into it.
std::shared_ptr<va::SurfaceMemory> copied(uint32_t fourcc, uint32_t width, uint32_t height,
                                          uint32_t surfaceWidth, uint32_t surfaceHeight)
{
    const auto &format = *gbm::FormatInfo::fromVa(fourcc);
    const auto shadow = fileMemory(format, width, height);
    auto surface = fileMemory(format, surfaceWidth, surfaceHeight);
    fill(*shadow, kPicture);
    fill(*surface, kBefore);
    EXPECT_TRUE(copyShadow(*shadow, *surface));
    return surface;
}

TEST(CopyShadow, IntoALargerSurfaceReadsWhatThereIs)
{
    const auto surface = copied(VA_FOURCC_NV12, 64, 32, 4096, 2048);
    EXPECT_EQ(kPicture, luma(*surface, 63, 31));
    EXPECT_EQ(kBefore, luma(*surface, 64, 0));
    EXPECT_EQ(kBefore, luma(*surface, 0, 32));
    EXPECT_EQ(kBefore, luma(*surface, 4095, 2047));
}

TEST(CopyShadow, IntoASmallerSurfaceWritesWhatFits)
{
    const auto surface = copied(VA_FOURCC_I420, 256, 256, 64, 32);
    EXPECT_EQ(kPicture, luma(*surface, 63, 31));
    EXPECT_EQ(kBefore, luma(*surface, 64, 0)) << "that is padding";
}

} // namespace
} // namespace daedalus::va
