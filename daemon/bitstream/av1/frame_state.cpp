// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/av1/frame_state.h"

#include <algorithm>

#include "bitstream/av1/global_motion.h"

namespace daedalus::bitstream {
namespace {

Av1FrameState::Motion motionOf(const Av1Request &request)
{
    Av1FrameState::Motion motion{};
    for (unsigned reference = 0; reference < motion.size(); ++reference) {
        auto &params = motion[reference];
        for (unsigned i = 0; i < params.size(); ++i) {
            params[i] = av1IdentityParameter(i);
        }
        const uint32_t model = request.warpModel[reference];
        if (request.isIntra() || reference == 0 || model == V4L2_AV1_WARP_MODEL_IDENTITY) {
            continue;
        }
        const int32_t *given = request.frame.global_motion.params[reference];
        params[0] = given[0];
        params[1] = given[1];
        if (model != V4L2_AV1_WARP_MODEL_TRANSLATION) {
            params[2] = given[2];
            params[3] = given[3];
            const bool affine = model == V4L2_AV1_WARP_MODEL_AFFINE;
            // A parameter of INT32_MIN is refused when it is written.
            params[4] = affine ? given[4] : static_cast<int32_t>(-int64_t{given[3]});
            params[5] = affine ? given[5] : given[2];
        }
    }
    return motion;
}

} // namespace

Av1FrameState Av1FrameState::of(const Av1Request &request, const Av1FrameState *primary,
                                const Av1FrameState *grainSource)
{
    Av1FrameState state;
    state.orderHint = request.orderHintBits() > 0 ? request.frame.order_hint : 0;
    state.motion = motionOf(request);

    const auto &segmentation = request.frame.segmentation;
    if ((segmentation.flags & V4L2_AV1_SEGMENTATION_FLAG_ENABLED) != 0) {
        if (primary != nullptr &&
            (segmentation.flags & V4L2_AV1_SEGMENTATION_FLAG_UPDATE_DATA) == 0) {
            state.featureEnabled = primary->featureEnabled;
            state.featureData = primary->featureData;
        } else {
            std::copy(std::begin(segmentation.feature_enabled),
                      std::end(segmentation.feature_enabled), state.featureEnabled.begin());
            for (unsigned i = 0; i < state.featureData.size(); ++i) {
                std::copy(std::begin(segmentation.feature_data[i]),
                          std::end(segmentation.feature_data[i]), state.featureData[i].begin());
            }
        }
    }
    if (request.grain) {
        const bool updates = request.frameType != V4L2_AV1_INTER_FRAME ||
                             (request.grain->flags & V4L2_AV1_FILM_GRAIN_FLAG_UPDATE_GRAIN) != 0;
        if (updates) {
            state.grain = request.grain;
        } else if (grainSource != nullptr && grainSource->grain) {
            state.grain = grainSource->grain;
            state.grain->grain_seed = request.grain->grain_seed;
        }
    }
    return state;
}

bool Av1FrameState::isCodedLossless(const Av1Request &request) const
{
    const auto &quantization = request.frame.quantization;
    if (quantization.delta_q_y_dc != 0 || quantization.delta_q_u_dc != 0 ||
        quantization.delta_q_u_ac != 0 || quantization.delta_q_v_dc != 0 ||
        quantization.delta_q_v_ac != 0) {
        return false;
    }
    for (unsigned i = 0; i < featureEnabled.size(); ++i) {
        const bool alters =
            (featureEnabled[i] & V4L2_AV1_SEGMENT_FEATURE_ENABLED(V4L2_AV1_SEG_LVL_ALT_Q)) != 0;
        const int delta = alters ? featureData[i][V4L2_AV1_SEG_LVL_ALT_Q] : 0;
        if (quantization.base_q_idx + delta > 0) {
            return false;
        }
    }
    return true;
}

bool Av1FrameState::grainIsVisible() const
{
    // In 4:2:0 chroma has none without luma (5.9.30).
    return grain && grain->num_y_points > 0;
}

} // namespace daedalus::bitstream
