// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/image_copy.h"

#include <gtest/gtest.h>
#include <va/va.h>

#include <cstring>
#include <numeric>
#include <vector>

namespace daedalus::va {
namespace {

/// A picture with memory around it that must not be written to.
class Picture {
public:
    Picture(uint32_t fourcc, uint32_t width, uint32_t height, uint8_t fill)
    {
        view.format = gbm::FormatInfo::fromVa(fourcc);
        view.width = width;
        view.height = height;
        for (unsigned plane = 0; plane < view.format->planes; ++plane) {
            view.stride[plane] = view.format->rowBytes(plane, width) + kGap;
            memory[plane].assign(view.stride[plane] * view.format->rows(plane, height),
                                 std::byte{fill});
            view.plane[plane] = memory[plane].data();
        }
    }

    /// Sample of Y (0), U (1) or V (2), in samples of that component.
    unsigned sample(unsigned component, uint32_t x, uint32_t y)
    {
        const std::byte *const bytes = address(component, x, y);
        if (view.format->bytesPerSample == 1) {
            return std::to_integer<unsigned>(*bytes);
        }
        uint16_t word = 0;
        std::memcpy(&word, bytes, sizeof(word));
        return unsigned{word} >> unusedLowBits();
    }

    void number()
    {
        const unsigned mask = (1U << view.format->bitDepth) - 1;
        for (unsigned component = 0; component < 3; ++component) {
            for (uint32_t y = 0; y < rows(component); ++y) {
                for (uint32_t x = 0; x < columns(component); ++x) {
                    const unsigned value = (component * 330 + y * 53 + x * 7 + 1) & mask;
                    const auto word = static_cast<uint16_t>(value << unusedLowBits());
                    std::memcpy(address(component, x, y), &word, view.format->bytesPerSample);
                }
            }
        }
    }

    [[nodiscard]] uint32_t columns(unsigned component) const
    {
        return component == 0 ? view.width : (view.width + 1) / 2;
    }
    [[nodiscard]] uint32_t rows(unsigned component) const
    {
        return component == 0 ? view.height : (view.height + 1) / 2;
    }

    static constexpr uint32_t kGap = 5;
    va::PictureView view;
    std::array<std::vector<std::byte>, 3> memory;

private:
    [[nodiscard]] unsigned unusedLowBits() const
    {
        return view.format->bytesPerSample == 2 && view.format->semiPlanar()
                   ? 16U - view.format->bitDepth
                   : 0U;
    }

    std::byte *address(unsigned component, uint32_t x, uint32_t y)
    {
        const bool interleaved = component > 0 && view.format->semiPlanar();
        const unsigned plane = interleaved ? 1 : component;
        const uint32_t column = interleaved ? 2 * x + component - 1 : x;
        return &memory[plane][size_t{y} * view.stride[plane] +
                              size_t{column} * view.format->bytesPerSample];
    }
};

struct Case {
    uint32_t from;
    uint32_t to;
    uint32_t width;
    uint32_t height;
};

std::string nameOf(uint32_t fourcc)
{
    return std::string(gbm::FormatInfo::fromVa(fourcc)->name);
}

class CopyWhole : public testing::TestWithParam<Case> {};

TEST_P(CopyWhole, EverySampleArrivesAndNothingElseIsWritten)
{
    const Case c = GetParam();
    Picture source(c.from, c.width, c.height, 0);
    Picture dest(c.to, c.width, c.height, 0xee);
    source.number();
    va::copyPicture(source.view, dest.view, {0, 0, 0, 0, c.width, c.height});
    for (unsigned component = 0; component < 3; ++component) {
        for (uint32_t y = 0; y < source.rows(component); ++y) {
            for (uint32_t x = 0; x < source.columns(component); ++x) {
                ASSERT_EQ(source.sample(component, x, y), dest.sample(component, x, y))
                    << component << " at " << x << "," << y;
            }
        }
    }
    for (unsigned plane = 0; plane < dest.view.format->planes; ++plane) {
        const uint32_t bytes = dest.view.format->rowBytes(plane, c.width);
        for (uint32_t y = 0; y < dest.view.format->rows(plane, c.height); ++y) {
            for (uint32_t x = bytes; x < dest.view.stride[plane]; ++x) {
                ASSERT_EQ(std::byte{0xee},
                          dest.memory[plane][size_t{y} * dest.view.stride[plane] + x]);
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(
    Formats, CopyWhole,
    testing::Values(
        Case{VA_FOURCC_NV12, VA_FOURCC_NV12, 64, 48}, Case{VA_FOURCC_I420, VA_FOURCC_I420, 64, 48},
        Case{VA_FOURCC_NV12, VA_FOURCC_I420, 64, 48}, Case{VA_FOURCC_I420, VA_FOURCC_NV12, 64, 48},
        Case{VA_FOURCC_NV12, VA_FOURCC_I420, 33, 17}, Case{VA_FOURCC_I420, VA_FOURCC_NV12, 33, 17},
        Case{VA_FOURCC_NV12, VA_FOURCC_NV12, 1, 1}, Case{VA_FOURCC_I420, VA_FOURCC_NV12, 1, 1},
        Case{VA_FOURCC_NV12, VA_FOURCC_I420, 1, 1}, Case{VA_FOURCC_P010, VA_FOURCC_P010, 33, 17},
        Case{VA_FOURCC_I010, VA_FOURCC_I010, 33, 17}, Case{VA_FOURCC_P010, VA_FOURCC_I010, 64, 48},
        Case{VA_FOURCC_I010, VA_FOURCC_P010, 64, 48}, Case{VA_FOURCC_P010, VA_FOURCC_I010, 33, 17},
        Case{VA_FOURCC_I010, VA_FOURCC_P010, 33, 17}, Case{VA_FOURCC_I010, VA_FOURCC_P010, 1, 1}),
    [](const auto &info) {
        const Case &c = info.param;
        return nameOf(c.from) + "_to_" + nameOf(c.to) + '_' + std::to_string(c.width) + 'x' +
               std::to_string(c.height);
    });

void copyRectangle(uint32_t from, uint32_t to)
{
    Picture source(from, 32, 32, 0);
    Picture dest(to, 64, 64, 0);
    source.number();
    va::copyPicture(source.view, dest.view, {4, 6, 20, 30, 10, 8});
    for (uint32_t y = 0; y < 64; ++y) {
        for (uint32_t x = 0; x < 64; ++x) {
            const bool inside = x >= 20 && x < 30 && y >= 30 && y < 38;
            const auto expected = inside ? source.sample(0, x - 16, y - 24) : 0U;
            ASSERT_EQ(expected, dest.sample(0, x, y)) << x << "," << y;
        }
    }
    for (uint32_t y = 0; y < 32; ++y) {
        for (uint32_t x = 0; x < 32; ++x) {
            const bool inside = x >= 10 && x < 15 && y >= 15 && y < 19;
            for (unsigned component = 1; component < 3; ++component) {
                const auto expected = inside ? source.sample(component, x - 8, y - 12) : 0U;
                ASSERT_EQ(expected, dest.sample(component, x, y)) << x << "," << y;
            }
        }
    }
}

TEST(ImageCopy, RectangleGoesWhereItShould)
{
    copyRectangle(VA_FOURCC_I420, VA_FOURCC_NV12);
    copyRectangle(VA_FOURCC_NV12, VA_FOURCC_I420);
    copyRectangle(VA_FOURCC_I010, VA_FOURCC_P010);
    copyRectangle(VA_FOURCC_P010, VA_FOURCC_I010);
}

TEST(ImageCopy, OddRectangleStaysInsideTheChromaPlanes)
{
    // The source's rectangle covers two chroma columns, the destination ends after one.
    Picture source(VA_FOURCC_NV12, 8, 8, 0);
    Picture dest(VA_FOURCC_I420, 2, 2, 0);
    source.number();
    va::copyPicture(source.view, dest.view, {1, 1, 0, 0, 2, 2});
    EXPECT_EQ(source.sample(0, 1, 1), dest.sample(0, 0, 0));
    EXPECT_EQ(source.sample(1, 0, 0), dest.sample(1, 0, 0));
    EXPECT_EQ(source.sample(2, 0, 0), dest.sample(2, 0, 0));
}

TEST(ImageCopy, KnowsWhatItCannotDo)
{
    const gbm::FormatInfo *nv12 = gbm::FormatInfo::fromVa(VA_FOURCC_NV12);
    const gbm::FormatInfo *p010 = gbm::FormatInfo::fromVa(VA_FOURCC_P010);
    ASSERT_NE(nullptr, p010);
    EXPECT_TRUE(va::canCopy(*nv12, *nv12));
    EXPECT_TRUE(va::canCopy(*p010, *p010));
    EXPECT_FALSE(va::canCopy(*nv12, *p010));
    EXPECT_FALSE(va::canCopy(*p010, *nv12));
    const gbm::FormatInfo *i010 = gbm::FormatInfo::fromVa(VA_FOURCC_I010);
    ASSERT_NE(nullptr, i010);
    EXPECT_TRUE(va::canCopy(*p010, *i010));
    EXPECT_TRUE(va::canCopy(*i010, *p010));
    EXPECT_FALSE(va::canCopy(*i010, *gbm::FormatInfo::fromVa(VA_FOURCC_I420)));
}

} // namespace
} // namespace daedalus::va
