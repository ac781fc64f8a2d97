// SPDX-License-Identifier: BSD-2-Clause
#include "tools/common/colour.h"

#include <array>
#include <cmath>

#include <gtest/gtest.h>
#include <va/va.h>

namespace daedalus::play {
namespace {

/// A sample triple of @p bits bits, and the colour that the standard gives it.
struct Case {
    tools::Matrix matrix;
    bool fullRange;
    unsigned bits;
    std::array<double, 3> yuv;
    std::array<double, 3> rgb; ///< of 255
};

std::array<double, 3> convert(const Case &test)
{
    const auto conversion =
        tools::rgbConversion({.matrix = test.matrix, .fullRange = test.fullRange}, test.bits);
    const double largest = (1U << test.bits) - 1;
    std::array<double, 3> rgb{};
    for (unsigned channel = 0; channel < 3; ++channel) {
        for (unsigned i = 0; i < 3; ++i) {
            rgb[channel] += conversion.matrix[3 * i + channel] *
                            (test.yuv[i] / largest - conversion.offset[i]) * 255.0;
        }
    }
    return rgb;
}

TEST(Colour, KnownColoursComeOut)
{
    // Black, white and the pure colours of each matrix, as other programs encode them.
    const Case cases[] = {
        {tools::Matrix::Bt709, false, 8, {16, 128, 128}, {0, 0, 0}},
        {tools::Matrix::Bt709, false, 8, {235, 128, 128}, {255, 255, 255}},
        {tools::Matrix::Bt709, false, 8, {62.6, 102.3, 240}, {255, 0, 0}},
        {tools::Matrix::Bt709, false, 8, {31.8, 240, 117.7}, {0, 0, 255}},
        {tools::Matrix::Bt601, false, 8, {81.5, 90.2, 240}, {255, 0, 0}},
        {tools::Matrix::Bt601, false, 8, {144.6, 53.8, 34.2}, {0, 255, 0}},
        {tools::Matrix::Bt2020, false, 10, {64, 512, 512}, {0, 0, 0}},
        {tools::Matrix::Bt2020, false, 10, {940, 512, 512}, {255, 255, 255}},
        {tools::Matrix::Bt2020, false, 10, {294.1, 387.0, 960}, {255, 0, 0}},
        {tools::Matrix::Bt601, true, 8, {76.2, 85.0, 255.5}, {255, 0, 0}},
        {tools::Matrix::Bt601, true, 8, {255, 128, 128}, {255, 255, 255}},
        {tools::Matrix::Bt709, true, 10, {0, 512, 512}, {0, 0, 0}},
    };
    for (const Case &test : cases) {
        const auto rgb = convert(test);
        for (unsigned channel = 0; channel < 3; ++channel) {
            EXPECT_NEAR(rgb[channel], test.rgb[channel], 0.6)
                << "channel " << channel << " of " << test.yuv[0] << " " << test.yuv[1] << " "
                << test.yuv[2];
        }
    }
}

TEST(Colour, WordsWithTenBitsAreScaled)
{
    // The largest sample gives 1, wherever in its word it is.
    const auto scaled = [](uint32_t fourcc, double word) {
        return word / 65535.0 * tools::textureScale(*gbm::FormatInfo::fromVa(fourcc));
    };
    EXPECT_NEAR(scaled(VA_FOURCC_I010, 1023), 1.0, 1e-6);
    EXPECT_NEAR(scaled(VA_FOURCC_P010, 1023 << 6), 1.0, 1e-6);
    EXPECT_NEAR(scaled(VA_FOURCC_P010, 64 << 6), 64.0 / 1023, 1e-6);
    EXPECT_EQ(tools::textureScale(*gbm::FormatInfo::fromVa(VA_FOURCC_NV12)), 1.0F);
}

TEST(Colour, WhatAFrameDoesNotSayIsGuessedFromItsSize)
{
    AVFrame frame{};
    frame.colorspace = AVCOL_SPC_UNSPECIFIED;
    frame.width = 720;
    frame.height = 576;
    EXPECT_EQ(tools::coloursOf(frame).matrix, tools::Matrix::Bt601);
    EXPECT_FALSE(tools::coloursOf(frame).fullRange);
    frame.width = 1280;
    EXPECT_EQ(tools::coloursOf(frame).matrix, tools::Matrix::Bt709);
    frame.colorspace = AVCOL_SPC_BT2020_NCL;
    frame.color_range = AVCOL_RANGE_JPEG;
    frame.chroma_location = AVCHROMA_LOC_CENTER;
    const tools::Colours colours = tools::coloursOf(frame);
    EXPECT_EQ(colours.matrix, tools::Matrix::Bt2020);
    EXPECT_TRUE(colours.fullRange);
    EXPECT_EQ(colours.chromaX, 0.0F);
}

} // namespace
} // namespace daedalus::play
