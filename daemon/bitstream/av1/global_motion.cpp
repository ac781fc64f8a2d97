// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/av1/global_motion.h"

#include "bitstream/av1/frame_header_reader.h"

namespace daedalus::bitstream {

void Av1FrameHeaderReader::globalMotion()
{
    auto &motion = header_.control.global_motion;
    for (unsigned reference = 0; reference < V4L2_AV1_TOTAL_REFS_PER_FRAME; ++reference) {
        for (unsigned i = 0; i < 6; ++i) {
            motion.params[reference][i] = av1IdentityParameter(i);
        }
    }
    if (header_.isIntra()) {
        return;
    }
    // Before any is overwritten: the identity where there is no primary reference.
    const v4l2_av1_global_motion identity = motion;
    const Av1FrameHeader *primary = primaryReference();
    const auto &previous = primary != nullptr ? primary->control.global_motion : identity;
    for (unsigned reference = 1; reference < V4L2_AV1_TOTAL_REFS_PER_FRAME; ++reference) {
        auto &type = motion.type[reference];
        if (!bits_.flag()) {
            continue;
        }
        motion.flags[reference] |= V4L2_AV1_GLOBAL_MOTION_FLAG_IS_GLOBAL;
        if (bits_.flag()) {
            motion.flags[reference] |= V4L2_AV1_GLOBAL_MOTION_FLAG_IS_ROT_ZOOM;
            type = V4L2_AV1_WARP_MODEL_ROTZOOM;
        } else if (bits_.flag()) {
            motion.flags[reference] |= V4L2_AV1_GLOBAL_MOTION_FLAG_IS_TRANSLATION;
            type = V4L2_AV1_WARP_MODEL_TRANSLATION;
        } else {
            type = V4L2_AV1_WARP_MODEL_AFFINE;
        }
        int32_t *params = motion.params[reference];
        const int32_t *before = previous.params[reference];
        if (type != V4L2_AV1_WARP_MODEL_TRANSLATION) {
            globalParameter(reference, 2, before);
            globalParameter(reference, 3, before);
            if (type == V4L2_AV1_WARP_MODEL_AFFINE) {
                globalParameter(reference, 4, before);
                globalParameter(reference, 5, before);
            } else {
                params[4] = -params[3];
                params[5] = params[2];
            }
        }
        globalParameter(reference, 0, before);
        globalParameter(reference, 1, before);
    }
}

void Av1FrameHeaderReader::globalParameter(unsigned reference, unsigned index,
                                           const int32_t *previous)
{
    auto &motion = header_.control.global_motion;
    const auto code =
        av1GlobalParameterCode(index, motion.type[reference] == V4L2_AV1_WARP_MODEL_TRANSLATION,
                               has(V4L2_AV1_FRAME_FLAG_ALLOW_HIGH_PRECISION_MV));
    const int32_t most = code.magnitude();
    motion.params[reference][index] =
        code.fromCode(bits_.signedSubexp(-most, most + 1, code.toCode(previous[index])));
}

} // namespace daedalus::bitstream
