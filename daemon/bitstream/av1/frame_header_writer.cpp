// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/av1/frame_header_writer.h"

#include <cerrno>

#include "bitstream/av1/global_motion.h"
#include "bitstream/av1/order_hints.h"
#include "bitstream/av1/sequence_writer.h"

namespace daedalus::bitstream {

Result<void> Av1FrameHeaderWriter::write(uint8_t refreshFrameFlags)
{
    kind();
    refresh(refreshFrameFlags);
    if (request_.isIntra()) {
        intraFrame();
    } else {
        interFrame();
    }
    if (!has(V4L2_AV1_FRAME_FLAG_DISABLE_CDF_UPDATE)) {
        bits_.flag(has(V4L2_AV1_FRAME_FLAG_DISABLE_FRAME_END_UPDATE_CDF));
    }
    tileInfo();
    quantization();
    segmentation();
    deltaQAndLf();
    loopFilter();
    cdef();
    loopRestoration();
    modes();
    globalMotion();
    filmGrain();
    bits_.alignToByte();
    if (request_.tiles.size() > 1) {
        bits_.flag(false); // tile_start_and_end_present_flag
        bits_.alignToByte();
    }
    if (!bits_.valid()) {
        return fail(EINVAL, "AV1: a value that no frame header can hold");
    }
    return {};
}

void Av1FrameHeaderWriter::kind()
{
    const bool isSwitch = request_.frameType == V4L2_AV1_SWITCH_FRAME;
    bits_.flag(false); // show_existing_frame
    bits_.number(isSwitch ? uint32_t{V4L2_AV1_INTER_FRAME} : request_.frameType, 2);
    bits_.flag(false); // show_frame
    bits_.flag(true);  // showable_frame
    bits_.flag(false); // error_resilient_mode
    bits_.flag(has(V4L2_AV1_FRAME_FLAG_DISABLE_CDF_UPDATE));
    const bool screenContent = has(V4L2_AV1_FRAME_FLAG_ALLOW_SCREEN_CONTENT_TOOLS);
    bits_.flag(screenContent);
    if (screenContent) {
        bits_.flag(has(V4L2_AV1_FRAME_FLAG_FORCE_INTEGER_MV));
    }
    bits_.flag(true); // frame_size_override_flag
    bits_.number(state_.orderHint, request_.orderHintBits());
    if (!request_.isIntra()) {
        bits_.number(request_.primaryReference(), 3);
    }
}

void Av1FrameHeaderWriter::refresh(uint8_t slots)
{
    refreshPosition_ = bits_.position();
    bits_.number(slots, 8);
}

void Av1FrameHeaderWriter::intraFrame()
{
    frameSize();
    const bool scaled = request_.codedWidth() != request_.width();
    if (has(V4L2_AV1_FRAME_FLAG_ALLOW_SCREEN_CONTENT_TOOLS) && !scaled) {
        bits_.flag(has(V4L2_AV1_FRAME_FLAG_ALLOW_INTRABC));
    } else if (has(V4L2_AV1_FRAME_FLAG_ALLOW_INTRABC)) {
        bits_.refuse();
    }
}

void Av1FrameHeaderWriter::interFrame()
{
    constexpr uint32_t kSwitchable = V4L2_AV1_INTERPOLATION_FILTER_SWITCHABLE;
    if (has(V4L2_AV1_FRAME_FLAG_ALLOW_INTRABC)) {
        bits_.refuse();
    }
    if (request_.orderHintBits() > 0) {
        bits_.flag(false); // frame_refs_short_signaling
    }
    for (const uint8_t slot : references_.slots) {
        bits_.number(slot, 3);
    }
    for (size_t i = 0; i < references_.slots.size(); ++i) {
        bits_.flag(false); // found_ref
    }
    frameSize();
    const bool integerMv = has(V4L2_AV1_FRAME_FLAG_ALLOW_SCREEN_CONTENT_TOOLS) &&
                           has(V4L2_AV1_FRAME_FLAG_FORCE_INTEGER_MV);
    if (!integerMv) {
        bits_.flag(has(V4L2_AV1_FRAME_FLAG_ALLOW_HIGH_PRECISION_MV));
    }
    bits_.flag(request_.interpolationFilter == kSwitchable);
    if (request_.interpolationFilter != kSwitchable) {
        bits_.number(request_.interpolationFilter, 2);
    }
    bits_.flag(has(V4L2_AV1_FRAME_FLAG_IS_MOTION_MODE_SWITCHABLE));
    if (request_.orderHintBits() > 0) {
        bits_.flag(has(V4L2_AV1_FRAME_FLAG_USE_REF_FRAME_MVS));
    }
}

void Av1FrameHeaderWriter::frameSize()
{
    constexpr uint32_t kLeastDenominator = 9;
    bits_.number(request_.width() - 1, kAv1SizeBits);
    bits_.number(request_.height() - 1, kAv1SizeBits);
    // Super resolution that changes nothing (of tiny frames) had better not be there.
    const bool scaled = request_.codedWidth() != request_.width();
    bits_.flag(scaled);
    if (scaled) {
        bits_.number(request_.frame.superres_denom - kLeastDenominator, 3);
    }
    bits_.flag(false); // render_and_frame_size_different
}

void Av1FrameHeaderWriter::modes()
{
    const bool lossless = state_.isCodedLossless(request_);
    if (!lossless) {
        bits_.flag(request_.txMode == V4L2_AV1_TX_MODE_SELECT);
    }
    if (!request_.isIntra()) {
        const bool compound = has(V4L2_AV1_FRAME_FLAG_REFERENCE_SELECT);
        bits_.flag(compound);
        Av1OrderHints hints;
        for (unsigned i = 0; i < hints.size(); ++i) {
            hints[i] = references_.states[i]->orderHint;
        }
        if (compound && av1SkipModeFrames(request_.orderHintBits(), state_.orderHint, hints)) {
            bits_.flag(has(V4L2_AV1_FRAME_FLAG_SKIP_MODE_PRESENT));
        } else if (has(V4L2_AV1_FRAME_FLAG_SKIP_MODE_PRESENT)) {
            bits_.refuse();
        }
        bits_.flag(has(V4L2_AV1_FRAME_FLAG_ALLOW_WARPED_MOTION));
    }
    bits_.flag(has(V4L2_AV1_FRAME_FLAG_REDUCED_TX_SET));
}

void Av1FrameHeaderWriter::globalMotion()
{
    if (request_.isIntra()) {
        return;
    }
    for (unsigned reference = 1; reference < request_.warpModel.size(); ++reference) {
        const uint32_t model = request_.warpModel[reference];
        bits_.flag(model != V4L2_AV1_WARP_MODEL_IDENTITY);
        if (model == V4L2_AV1_WARP_MODEL_IDENTITY) {
            continue;
        }
        bits_.flag(model == V4L2_AV1_WARP_MODEL_ROTZOOM);
        if (model != V4L2_AV1_WARP_MODEL_ROTZOOM) {
            bits_.flag(model == V4L2_AV1_WARP_MODEL_TRANSLATION);
        }
        if (model > V4L2_AV1_WARP_MODEL_AFFINE) {
            bits_.refuse();
        }
        globalParameters(reference);
    }
}

void Av1FrameHeaderWriter::globalParameters(unsigned reference)
{
    const uint32_t model = request_.warpModel[reference];
    const bool isTranslation = model == V4L2_AV1_WARP_MODEL_TRANSLATION;
    const bool highPrecision = has(V4L2_AV1_FRAME_FLAG_ALLOW_HIGH_PRECISION_MV);
    const Av1FrameState *primary = references_.primary(request_);
    const auto write = [&](unsigned index) {
        const auto code = av1GlobalParameterCode(index, isTranslation, highPrecision);
        const int32_t value = state_.motion[reference][index];
        const int32_t before =
            primary != nullptr ? primary->motion[reference][index] : av1IdentityParameter(index);
        const int32_t most = code.magnitude();
        const int32_t coded = code.toCode(value);
        if (coded < -most || coded > most || code.fromCode(coded) != value) {
            bits_.refuse();
            return;
        }
        bits_.signedSubexp(coded, -most, most + 1, code.toCode(before));
    };
    if (!isTranslation) {
        write(2);
        write(3);
    }
    if (model == V4L2_AV1_WARP_MODEL_AFFINE) {
        write(4);
        write(5);
    }
    write(0);
    write(1);
}

} // namespace daedalus::bitstream
