// SPDX-License-Identifier: BSD-2-Clause
#include "engine/picture.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <numeric>

#include <gtest/gtest.h>

#include "engine/picture_transfer.h"
#include "tests/engine/engine_player.h"

namespace daedalus::engine {
namespace {

using test::makeSurface;
using test::Surfaces;

constexpr engine::PictureNeeds kNeeds{
    .width = 320, .height = 176, .alignedWidth = 320, .alignedHeight = 176, .alignment = 64};

class PictureTest : public testing::Test {
protected:
    std::shared_ptr<const engine::Picture>
    create(const std::shared_ptr<const gbm::FrameBuffer> &target,
           const std::optional<engine::Strides> &strides = {})
    {
        auto picture = engine::Picture::create(target, kNeeds, strides, *pool_);
        EXPECT_TRUE(picture);
        return picture ? *picture : nullptr;
    }

    static void fill(const engine::Picture &picture, uint8_t seed)
    {
        for (unsigned plane = 0; plane < 3; ++plane) {
            const uint32_t rows = plane == 0 ? kNeeds.height : kNeeds.height / 2;
            const uint32_t width = plane == 0 ? kNeeds.width : kNeeds.width / 2;
            for (uint32_t y = 0; y < rows; ++y) {
                uint8_t *row = picture.data(plane) + size_t{y} * picture.stride(plane);
                std::iota(row, row + width, static_cast<uint8_t>(seed + 31 * plane + 7 * y));
            }
        }
    }

    /// Rows of chroma in which the target does not hold the picture's U and V.
    static unsigned wrongChromaRows(const engine::Picture &picture, const gbm::FrameBuffer &target)
    {
        unsigned wrong = 0;
        for (uint32_t y = 0; y < kNeeds.height / 2; ++y) {
            bool equal = true;
            for (uint32_t x = 0; x < kNeeds.width / 2; ++x) {
                const size_t from = size_t{y} * picture.stride(1) + x;
                const bool semi = target.format().semiPlanar();
                const size_t to = size_t{y} * target.stride(1) + (semi ? 2 * x : x);
                equal =
                    equal && target.data(1)[to] == picture.data(1)[from] &&
                    (semi ? target.data(1)[to + 1] : target.data(2)[to]) == picture.data(2)[from];
            }
            wrong += equal ? 0 : 1;
        }
        return wrong;
    }

    std::shared_ptr<engine::MemoryPool> pool_ = engine::MemoryPool::create();
};

TEST_F(PictureTest, planarTargetIsUsedAsItIs)
{
    const auto target = makeSurface(Surfaces::I420, 320, 176);
    const auto picture = create(target);
    for (unsigned plane = 0; plane < 3; ++plane) {
        EXPECT_EQ(picture->data(plane), target->data(plane));
        EXPECT_EQ(picture->stride(plane), target->stride(plane));
    }
    EXPECT_EQ(engine::transfer(*picture, *target, engine::PictureRows::All), 0U);
}

TEST_F(PictureTest, semiPlanarTargetGetsItsChromaInterleaved)
{
    const auto target = makeSurface(Surfaces::Nv12, 320, 176);
    const auto picture = create(target);
    EXPECT_EQ(picture->data(0), target->data(0));
    EXPECT_NE(picture->data(1), target->data(1));
    fill(*picture, 1);
    EXPECT_EQ(engine::transfer(*picture, *target, engine::PictureRows::All), 320U * 176 / 2);
    EXPECT_EQ(wrongChromaRows(*picture, *target), 0U);
}

TEST_F(PictureTest, aFieldMovesItsOwnRowsOnly)
{
    const auto target = makeSurface(Surfaces::Nv12, 320, 176);
    const auto picture = create(target);
    fill(*picture, 3);
    EXPECT_EQ(engine::transfer(*picture, *target, engine::PictureRows::BottomField),
              320U * 176 / 4);
    EXPECT_EQ(wrongChromaRows(*picture, *target), 176U / 4);
    EXPECT_EQ(engine::transfer(*picture, *target, engine::PictureRows::TopField), 320U * 176 / 4);
    EXPECT_EQ(wrongChromaRows(*picture, *target), 0U);
}

TEST_F(PictureTest, tightTargetIsCopiedTo)
{
    for (const Surfaces surfaces : {Surfaces::TightI420, Surfaces::TightNv12}) {
        const auto target = makeSurface(surfaces, 200, 100);
        engine::PictureNeeds needs = kNeeds;
        needs.width = 208;
        needs.height = 112;
        auto picture = engine::Picture::create(target, needs, {}, *pool_);
        ASSERT_TRUE(picture);
        EXPECT_EQ((*picture)->target(), nullptr);
        EXPECT_EQ((*picture)->stride(0) % needs.alignment, 0U);
        EXPECT_EQ((*picture)->stride(1) % needs.alignment, 0U);
        // What the target lacks of the coded size is left out.
        EXPECT_EQ(engine::transfer(**picture, *target, engine::PictureRows::All),
                  200U * 100 * 3 / 2);
    }
}

TEST_F(PictureTest, otherStridesThanTheReferencesMeanACopy)
{
    const auto target = makeSurface(Surfaces::I420, 320, 176);
    const engine::Strides other{target->stride(0) + 128, target->stride(1) + 64};
    const auto picture = create(target, other);
    EXPECT_EQ(picture->strides(), other);
    EXPECT_EQ(picture->target(), nullptr);
    fill(*picture, 9);
    EXPECT_EQ(engine::transfer(*picture, *target, engine::PictureRows::All), 320U * 176 * 3 / 2);
    EXPECT_EQ(wrongChromaRows(*picture, *target), 0U);
}

TEST_F(PictureTest, memoryIsUsedAgain)
{
    const uint8_t *data = create(nullptr)->data(0);
    EXPECT_EQ(create(nullptr)->data(0), data);
    auto kept = create(nullptr);
    EXPECT_NE(create(nullptr)->data(0), kept->data(0));
    // Blocks may outlive their pool.
    pool_.reset();
    kept.reset();
}

/// Pictures of ten bits a sample.
class DeepPictureTest : public testing::Test {
protected:
    static constexpr uint32_t kWidth = 322;
    static constexpr uint32_t kHeight = 178;

    std::shared_ptr<const engine::Picture>
    create(const std::shared_ptr<const gbm::FrameBuffer> &target)
    {
        auto picture = engine::Picture::create(target,
                                               {.width = kWidth,
                                                .height = kHeight,
                                                .alignedWidth = 352,
                                                .alignedHeight = 192,
                                                .alignment = 64,
                                                .bitDepth = 10},
                                               {}, *pool_);
        EXPECT_TRUE(picture);
        return picture ? *picture : nullptr;
    }

    static uint16_t valueAt(unsigned plane, uint32_t x, uint32_t y)
    {
        return static_cast<uint16_t>((397 * plane + 31 * y + 7 * x) & 0x3ff);
    }

    static void fill(const engine::Picture &picture)
    {
        for (unsigned plane = 0; plane < 3; ++plane) {
            const unsigned shift = plane == 0 ? 0 : 1;
            for (uint32_t y = 0; y < kHeight >> shift; ++y) {
                uint8_t *row = picture.data(plane) + size_t{y} * picture.stride(plane);
                for (uint32_t x = 0; x < kWidth >> shift; ++x) {
                    const uint16_t value = valueAt(plane, x, y);
                    std::memcpy(row + 2 * size_t{x}, &value, sizeof(value));
                }
            }
        }
    }

    /// Rows, of all planes, in which the target does not hold what fill() wrote.
    static unsigned wrongRows(const gbm::FrameBuffer &target)
    {
        const bool semi = target.format().semiPlanar();
        unsigned wrong = 0;
        for (unsigned colour = 0; colour < 3; ++colour) {
            const unsigned shift = colour == 0 ? 0 : 1;
            const unsigned plane = semi && colour > 0 ? 1 : colour;
            const uint32_t step = semi && colour > 0 ? 2 : 1;
            for (uint32_t y = 0; y < kHeight >> shift; ++y) {
                const uint8_t *row = target.data(plane) + size_t{y} * target.stride(plane);
                bool equal = true;
                for (uint32_t x = 0; x < kWidth >> shift; ++x) {
                    uint16_t value = 0;
                    const size_t word = size_t{x} * step + (semi && colour == 2 ? 1 : 0);
                    std::memcpy(&value, row + 2 * word, sizeof(value));
                    equal = equal && value == valueAt(colour, x, y) << (semi ? 6 : 0);
                }
                wrong += equal ? 0 : 1;
            }
        }
        return wrong;
    }

    static constexpr uint32_t kBytes = kWidth * kHeight * 3; // two a sample

    std::shared_ptr<engine::MemoryPool> pool_ = engine::MemoryPool::create();
};

TEST_F(DeepPictureTest, planarTargetIsUsedAsItIs)
{
    const auto target = makeSurface(Surfaces::I420, kWidth, kHeight, 10);
    const auto picture = create(target);
    for (unsigned plane = 0; plane < 3; ++plane) {
        EXPECT_EQ(picture->data(plane), target->data(plane));
        EXPECT_EQ(picture->stride(plane), target->stride(plane));
    }
    fill(*picture);
    EXPECT_EQ(engine::transfer(*picture, *target, engine::PictureRows::All), 0U);
    EXPECT_EQ(wrongRows(*target), 0U);
}

TEST_F(DeepPictureTest, semiPlanarTargetIsShiftedAndInterleavedInto)
{
    for (const Surfaces surfaces : {Surfaces::Nv12, Surfaces::TightNv12}) {
        const auto target = makeSurface(surfaces, kWidth, kHeight, 10);
        const auto picture = create(target);
        EXPECT_EQ(picture->target(), nullptr);
        fill(*picture);
        EXPECT_EQ(engine::transfer(*picture, *target, engine::PictureRows::All), kBytes);
        EXPECT_EQ(wrongRows(*target), 0U);
    }
}

TEST_F(DeepPictureTest, tightPlanarTargetIsCopiedTo)
{
    const auto target = makeSurface(Surfaces::TightI420, kWidth, kHeight, 10);
    const auto picture = create(target);
    EXPECT_EQ(picture->target(), nullptr);
    fill(*picture);
    EXPECT_EQ(engine::transfer(*picture, *target, engine::PictureRows::All), kBytes);
    EXPECT_EQ(wrongRows(*target), 0U);
}

TEST_F(DeepPictureTest, aFieldMovesItsOwnRowsOnly)
{
    const auto target = makeSurface(Surfaces::Nv12, kWidth, kHeight, 10);
    const auto picture = create(target);
    fill(*picture);
    EXPECT_TRUE(engine::transfer(*picture, *target, engine::PictureRows::BottomField));
    // An odd number of chroma rows: the top field has one more, for U and for V.
    EXPECT_EQ(wrongRows(*target), kHeight / 2 + 2 * 45);
    EXPECT_TRUE(engine::transfer(*picture, *target, engine::PictureRows::TopField));
    EXPECT_EQ(wrongRows(*target), 0U);
}

TEST_F(DeepPictureTest, doesNotGoIntoEightBits)
{
    for (const Surfaces surfaces : {Surfaces::Nv12, Surfaces::I420}) {
        const auto target = makeSurface(surfaces, kWidth, kHeight);
        const auto picture = create(target);
        EXPECT_EQ(picture->target(), nullptr);
        const auto moved = engine::transfer(*picture, *target, engine::PictureRows::All);
        ASSERT_FALSE(moved);
        EXPECT_EQ(moved.error().code(), ENOTSUP);
    }
}

TEST(ShiftTest, everyLength)
{
    std::vector<uint16_t> u(100);
    std::vector<uint16_t> v(100);
    std::iota(u.begin(), u.end(), 0);
    std::iota(v.begin(), v.end(), 924);
    for (uint32_t count = 0; count < 100; ++count) {
        std::vector<uint16_t> row(101, 0xeeee);
        std::vector<uint16_t> pairs(201, 0xeeee);
        engine::shiftRow(row.data(), v.data(), count);
        engine::interleaveShiftedRow(pairs.data(), u.data(), v.data(), count);
        for (uint32_t i = 0; i < count; ++i) {
            ASSERT_EQ(row[i], v[i] << 6);
            ASSERT_EQ(pairs[2 * i], u[i] << 6);
            ASSERT_EQ(pairs[2 * i + 1], v[i] << 6);
        }
        EXPECT_EQ(row[count], 0xeeee);
        EXPECT_EQ(pairs[2 * count], 0xeeee);
    }
}

TEST(InterleaveTest, everyLength)
{
    std::vector<uint8_t> u(100);
    std::vector<uint8_t> v(100);
    std::iota(u.begin(), u.end(), 0);
    std::iota(v.begin(), v.end(), 100);
    for (uint32_t count = 0; count < 100; ++count) {
        std::vector<uint8_t> out(202, 0xee);
        engine::interleaveRow(out.data(), u.data(), v.data(), count);
        for (uint32_t i = 0; i < count; ++i) {
            ASSERT_EQ(out[2 * i], u[i]);
            ASSERT_EQ(out[2 * i + 1], v[i]);
        }
        EXPECT_EQ(out[2 * count], 0xee);
    }
}

} // namespace
} // namespace daedalus::engine
