// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>

extern "C" {
#include <libavutil/frame.h>
}

#include "gbm/format_info.h"

namespace daedalus::tools {

/// Whose luma weights a picture has (Rec. ITU-T H.273, clause 8.3).
enum class Matrix { Bt601, Bt709, Bt2020 };

/// How a picture's samples are to be read.
struct Colours {
    Matrix matrix = Matrix::Bt709;
    bool fullRange = false;
    /// Where the chroma samples are, in luma samples from the middle of the four that share
    /// one: -0.5 is on the left (or upper) ones.
    float chromaX = -0.5F;
    float chromaY = 0.0F;
};

/// What @p frame says of its colours. What it does not say is taken as players do: BT.709
/// for HD, BT.601 below, limited range, chroma on the left.
Colours coloursOf(const AVFrame &frame);

/// rgb = matrix * (sample - offset), samples and rgb from 0 to 1. Column by column, as
/// OpenGL has it.
struct RgbConversion {
    std::array<float, 9> matrix{};
    std::array<float, 3> offset{};
};

/// The conversion for samples of @p bitDepth bits that are n / (2^bitDepth - 1) (clause 8.3,
/// equations for the inverse of 8.3.3).
RgbConversion rgbConversion(const Colours &colours, unsigned bitDepth);

/// Factor from what a texture of @p format's samples gives, which is n / 255 or n / 65535 of
/// the stored word, to the sample: 10 bits are in the low end of a word in I010, in the
/// high end in P010.
float textureScale(const gbm::FormatInfo &format);

} // namespace daedalus::tools
