// SPDX-License-Identifier: BSD-2-Clause
#include "tools/common/colour.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace daedalus::tools {
namespace {

constexpr int kHdHeight = 720;
constexpr int kHdWidth = 1280;

/// Weights of red and blue in luma (table 4 of H.273).
struct Weights {
    double red;
    double blue;
};

Weights weightsOf(Matrix matrix)
{
    switch (matrix) {
    case Matrix::Bt601:
        return {.red = 0.299, .blue = 0.114};
    case Matrix::Bt2020:
        return {.red = 0.2627, .blue = 0.0593};
    case Matrix::Bt709:
        break;
    }
    return {.red = 0.2126, .blue = 0.0722};
}

Matrix matrixOf(const AVFrame &frame)
{
    switch (frame.colorspace) {
    case AVCOL_SPC_BT709:
        return Matrix::Bt709;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
    case AVCOL_SPC_FCC:
        return Matrix::Bt601;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
        return Matrix::Bt2020;
    default:
        return frame.width >= kHdWidth || frame.height >= kHdHeight ? Matrix::Bt709 : Matrix::Bt601;
    }
}

} // namespace

Colours coloursOf(const AVFrame &frame)
{
    Colours colours;
    colours.matrix = matrixOf(frame);
    colours.fullRange = frame.color_range == AVCOL_RANGE_JPEG;
    switch (frame.chroma_location) {
    case AVCHROMA_LOC_CENTER:
        colours.chromaX = 0.0F;
        break;
    case AVCHROMA_LOC_TOPLEFT:
        colours.chromaY = -0.5F;
        break;
    case AVCHROMA_LOC_TOP:
        colours.chromaX = 0.0F;
        colours.chromaY = -0.5F;
        break;
    case AVCHROMA_LOC_BOTTOMLEFT:
        colours.chromaY = 0.5F;
        break;
    case AVCHROMA_LOC_BOTTOM:
        colours.chromaX = 0.0F;
        colours.chromaY = 0.5F;
        break;
    default:
        break;
    }
    return colours;
}

RgbConversion rgbConversion(const Colours &colours, unsigned bitDepth)
{
    const auto [red, blue] = weightsOf(colours.matrix);
    const double green = 1.0 - red - blue;
    const double largest = static_cast<double>((1U << bitDepth) - 1);
    const double step = static_cast<double>(1U << (bitDepth - 8));
    // Limited range: luma from 16 to 235, chroma from 16 to 240 around 128, in steps.
    const double luma = colours.fullRange ? 1.0 : largest / (219.0 * step);
    const double chroma = colours.fullRange ? 1.0 : largest / (224.0 * step);
    const double redOfV = 2.0 * (1.0 - red) * chroma;
    const double blueOfU = 2.0 * (1.0 - blue) * chroma;
    const double greenOfU = -blueOfU * blue / green;
    const double greenOfV = -redOfV * red / green;
    const auto f = [](double value) { return static_cast<float>(value); };
    RgbConversion conversion;
    conversion.matrix = {f(luma),   f(luma),     f(luma),    //
                         0.0F,      f(greenOfU), f(blueOfU), //
                         f(redOfV), f(greenOfV), 0.0F};
    const double middle = 128.0 * step / largest;
    conversion.offset = {f(colours.fullRange ? 0.0 : 16.0 * step / largest), f(middle), f(middle)};
    return conversion;
}

float textureScale(const gbm::FormatInfo &format)
{
    if (format.bytesPerSample == 1) {
        return 1.0F;
    }
    const unsigned unused = 16U - format.bitDepth;
    const double largest = static_cast<double>((1U << format.bitDepth) - 1);
    const double stored = format.semiPlanar() ? largest * (1U << unused) : largest;
    return static_cast<float>(65535.0 / stored);
}

} // namespace daedalus::tools
