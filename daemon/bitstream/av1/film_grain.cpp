// SPDX-License-Identifier: BSD-2-Clause
#include <cerrno>

#include "bitstream/av1/frame_header_reader.h"

namespace daedalus::bitstream {

void Av1FrameHeaderReader::filmGrain()
{
    auto &grain = header_.filmGrain;
    constexpr uint32_t kShown = V4L2_AV1_FRAME_FLAG_SHOW_FRAME | V4L2_AV1_FRAME_FLAG_SHOWABLE_FRAME;
    if (!sequence_.has(V4L2_AV1_SEQUENCE_FLAG_FILM_GRAIN_PARAMS_PRESENT) || !has(kShown) ||
        !bits_.flag()) {
        return;
    }
    const auto seed = static_cast<uint16_t>(bits_.bits(16));
    if (header_.control.frame_type == V4L2_AV1_INTER_FRAME && !bits_.flag()) {
        const auto slot = static_cast<uint8_t>(bits_.bits(3));
        if (!slots_[slot]) {
            refuse(EAGAIN, "film grain of a frame that was never decoded");
            return;
        }
        grain = slots_[slot]->filmGrain;
        grain.flags &= static_cast<uint8_t>(~V4L2_AV1_FILM_GRAIN_FLAG_UPDATE_GRAIN);
        grain.film_grain_params_ref_idx = slot;
        grain.grain_seed = seed;
        return;
    }
    grain.flags = V4L2_AV1_FILM_GRAIN_FLAG_APPLY_GRAIN | V4L2_AV1_FILM_GRAIN_FLAG_UPDATE_GRAIN;
    grain.grain_seed = seed;
    filmGrainUpdate();
}

void Av1FrameHeaderReader::filmGrainPoints(uint32_t most, uint8_t &count, std::span<uint8_t> values,
                                           std::span<uint8_t> scalings)
{
    const uint32_t points = bits_.bits(4);
    if (points > most) {
        refuse(EBADMSG, "too many points of film grain");
        return;
    }
    count = static_cast<uint8_t>(points);
    for (unsigned i = 0; i < points; ++i) {
        values[i] = static_cast<uint8_t>(bits_.bits(8));
        scalings[i] = static_cast<uint8_t>(bits_.bits(8));
    }
}

void Av1FrameHeaderReader::filmGrainUpdate()
{
    constexpr uint32_t kMostLumaPoints = 14;
    constexpr uint32_t kMostChromaPoints = 10;
    auto &grain = header_.filmGrain;
    const auto small = [this](unsigned count) { return static_cast<uint8_t>(bits_.bits(count)); };
    const auto coefficients = [&](std::span<uint8_t> to, unsigned count) {
        for (unsigned i = 0; i < count; ++i) {
            to[i] = small(8);
        }
    };
    filmGrainPoints(kMostLumaPoints, grain.num_y_points, grain.point_y_value,
                    grain.point_y_scaling);
    const bool fromLuma = sequence_.planes() > 1 && bits_.flag();
    if (fromLuma) {
        grain.flags |= V4L2_AV1_FILM_GRAIN_FLAG_CHROMA_SCALING_FROM_LUMA;
    }
    const bool is420 = sequence_.has(V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X) &&
                       sequence_.has(V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y);
    if (sequence_.planes() > 1 && !fromLuma && !(is420 && grain.num_y_points == 0)) {
        filmGrainPoints(kMostChromaPoints, grain.num_cb_points, grain.point_cb_value,
                        grain.point_cb_scaling);
        filmGrainPoints(kMostChromaPoints, grain.num_cr_points, grain.point_cr_value,
                        grain.point_cr_scaling);
    }
    grain.grain_scaling_minus_8 = small(2);
    grain.ar_coeff_lag = small(2);
    const unsigned lumaCount = 2U * grain.ar_coeff_lag * (grain.ar_coeff_lag + 1U);
    const unsigned chromaCount = grain.num_y_points > 0 ? lumaCount + 1 : lumaCount;
    if (grain.num_y_points > 0) {
        coefficients(grain.ar_coeffs_y_plus_128, lumaCount);
    }
    if (fromLuma || grain.num_cb_points > 0) {
        coefficients(grain.ar_coeffs_cb_plus_128, chromaCount);
    }
    if (fromLuma || grain.num_cr_points > 0) {
        coefficients(grain.ar_coeffs_cr_plus_128, chromaCount);
    }
    grain.ar_coeff_shift_minus_6 = small(2);
    grain.grain_scale_shift = small(2);
    if (grain.num_cb_points > 0) {
        grain.cb_mult = small(8);
        grain.cb_luma_mult = small(8);
        grain.cb_offset = static_cast<uint16_t>(bits_.bits(9));
    }
    if (grain.num_cr_points > 0) {
        grain.cr_mult = small(8);
        grain.cr_luma_mult = small(8);
        grain.cr_offset = static_cast<uint16_t>(bits_.bits(9));
    }
    if (bits_.flag()) {
        grain.flags |= V4L2_AV1_FILM_GRAIN_FLAG_OVERLAP;
    }
    if (bits_.flag()) {
        grain.flags |= V4L2_AV1_FILM_GRAIN_FLAG_CLIP_TO_RESTRICTED_RANGE;
    }
}

} // namespace daedalus::bitstream
