// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/av1/frame_header_writer.h"

namespace daedalus::bitstream {
namespace {

/// Scaling points of one plane; their places rise.
void writePoints(Av1BitWriter &bits, unsigned most, unsigned count, std::span<const uint8_t> values,
                 std::span<const uint8_t> scalings)
{
    if (count > most) {
        bits.refuse();
        return;
    }
    bits.number(count, 4);
    for (unsigned i = 0; i < count; ++i) {
        if (i > 0 && values[i] <= values[i - 1]) {
            bits.refuse();
        }
        bits.number(values[i], 8);
        bits.number(scalings[i], 8);
    }
}

void writeAll(Av1BitWriter &bits, std::span<const uint8_t> values)
{
    for (const uint8_t value : values) {
        bits.number(value, 8);
    }
}

} // namespace

void Av1FrameHeaderWriter::filmGrain()
{
    bits_.flag(state_.grain.has_value());
    if (!state_.grain) {
        return;
    }
    bits_.number(state_.grain->grain_seed, 16);
    if (!request_.isIntra()) {
        bits_.flag(true); // update_grain: what was loaded is written out
    }
    filmGrainUpdate(*state_.grain);
}

void Av1FrameHeaderWriter::filmGrainUpdate(const v4l2_ctrl_av1_film_grain &grain)
{
    constexpr unsigned kMostLumaPoints = 14;
    constexpr unsigned kMostChromaPoints = 10;
    const auto has = [&](uint8_t flag) { return (grain.flags & flag) != 0; };
    const bool color = !request_.isMonochrome();
    const bool fromLuma = color && has(V4L2_AV1_FILM_GRAIN_FLAG_CHROMA_SCALING_FROM_LUMA);
    writePoints(bits_, kMostLumaPoints, grain.num_y_points, grain.point_y_value,
                grain.point_y_scaling);
    if (color) {
        bits_.flag(fromLuma);
    }
    const bool chromaPoints = color && !fromLuma && grain.num_y_points > 0;
    const unsigned cbPoints = chromaPoints ? grain.num_cb_points : 0;
    const unsigned crPoints = chromaPoints ? grain.num_cr_points : 0;
    if (chromaPoints) {
        writePoints(bits_, kMostChromaPoints, cbPoints, grain.point_cb_value,
                    grain.point_cb_scaling);
        writePoints(bits_, kMostChromaPoints, crPoints, grain.point_cr_value,
                    grain.point_cr_scaling);
    }
    if ((cbPoints == 0) != (crPoints == 0)) {
        bits_.refuse(); // 6.8.20: in 4:2:0 both have points or none has
    }
    bits_.number(grain.grain_scaling_minus_8, 2);
    bits_.number(grain.ar_coeff_lag, 2);
    if (!bits_.valid()) {
        return;
    }
    const unsigned lumaCount = 2U * grain.ar_coeff_lag * (grain.ar_coeff_lag + 1U);
    const unsigned chromaCount = grain.num_y_points > 0 ? lumaCount + 1 : lumaCount;
    const auto first = [](const auto &array, unsigned count) {
        return std::span<const uint8_t>(array).first(count);
    };
    if (grain.num_y_points > 0) {
        writeAll(bits_, first(grain.ar_coeffs_y_plus_128, lumaCount));
    }
    if (fromLuma || cbPoints > 0) {
        writeAll(bits_, first(grain.ar_coeffs_cb_plus_128, chromaCount));
    }
    if (fromLuma || crPoints > 0) {
        writeAll(bits_, first(grain.ar_coeffs_cr_plus_128, chromaCount));
    }
    bits_.number(grain.ar_coeff_shift_minus_6, 2);
    bits_.number(grain.grain_scale_shift, 2);
    if (cbPoints > 0) {
        bits_.number(grain.cb_mult, 8);
        bits_.number(grain.cb_luma_mult, 8);
        bits_.number(grain.cb_offset, 9);
    }
    if (crPoints > 0) {
        bits_.number(grain.cr_mult, 8);
        bits_.number(grain.cr_luma_mult, 8);
        bits_.number(grain.cr_offset, 9);
    }
    bits_.flag(has(V4L2_AV1_FILM_GRAIN_FLAG_OVERLAP));
    bits_.flag(has(V4L2_AV1_FILM_GRAIN_FLAG_CLIP_TO_RESTRICTED_RANGE));
}

} // namespace daedalus::bitstream
