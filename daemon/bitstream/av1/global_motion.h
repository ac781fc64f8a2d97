// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>

namespace daedalus::bitstream {

/// WARPEDMODEL_PREC_BITS (AV1 specification 3): 1.0 in global motion parameters is 1 << this.
constexpr unsigned kAv1WarpPrecision = 16;

/// How a global motion parameter is coded (5.9.25): as a number of ±magnitude(), which
/// counts steps of 1 << shift from the parameter's value in the identity model.
struct Av1GlobalParameterCode {
    unsigned bits = 0;
    unsigned shift = 0;
    int32_t identity = 0;

    [[nodiscard]] int32_t magnitude() const { return 1 << bits; }
    [[nodiscard]] int32_t toCode(int32_t parameter) const
    {
        return (parameter >> shift) - (identity >> shift);
    }
    [[nodiscard]] int32_t fromCode(int32_t code) const { return code * (1 << shift) + identity; }
};

/// @param index of the parameter in gm_params, 0..5
/// @param isTranslation the model is a translation
constexpr Av1GlobalParameterCode av1GlobalParameterCode(unsigned index, bool isTranslation,
                                                        bool highPrecisionMv)
{
    constexpr unsigned kAlphaBits = 12;
    constexpr unsigned kAlphaPrecision = 15;
    constexpr unsigned kTranslationBits = 12;
    constexpr unsigned kTranslationPrecision = 6;
    constexpr unsigned kOnlyBits = 9;
    constexpr unsigned kOnlyPrecision = 3;
    if (index >= 2) {
        const bool diagonal = index % 3 == 2;
        return {kAlphaBits, kAv1WarpPrecision - kAlphaPrecision,
                diagonal ? 1 << kAv1WarpPrecision : 0};
    }
    if (isTranslation) {
        const unsigned coarser = highPrecisionMv ? 0 : 1;
        return {kOnlyBits - coarser, kAv1WarpPrecision - (kOnlyPrecision - coarser), 0};
    }
    return {kTranslationBits, kAv1WarpPrecision - kTranslationPrecision, 0};
}

/// Value of parameter @p index in the identity model.
constexpr int32_t av1IdentityParameter(unsigned index)
{
    return index == 2 || index == 5 ? 1 << kAv1WarpPrecision : 0;
}

} // namespace daedalus::bitstream
