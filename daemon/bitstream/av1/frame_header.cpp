// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/av1/frame_header.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "bitstream/av1/frame_header_reader.h"
#include "bitstream/av1/order_hints.h"

namespace daedalus::bitstream {
namespace {

constexpr uint8_t kNoPrimaryReference = 7;
constexpr uint8_t kAllSlots = 0xff;

} // namespace

bool Av1FrameHeaderReader::flag(uint32_t which)
{
    const bool set = bits_.flag();
    if (set) {
        header_.control.flags |= which;
    }
    return set;
}

void Av1FrameHeaderReader::refuse(int code, std::string what)
{
    if (!error_) {
        error_ = Error(code, "AV1: " + std::move(what));
    }
}

const Av1FrameHeader *Av1FrameHeaderReader::primaryReference() const
{
    const uint8_t primary = header_.control.primary_ref_frame;
    if (primary == kNoPrimaryReference) {
        return nullptr;
    }
    return slots_[static_cast<unsigned>(header_.control.ref_frame_idx[primary])].get();
}

Result<std::shared_ptr<const Av1FrameHeader>> Av1FrameHeaderReader::read(uint8_t temporalId,
                                                                         uint8_t spatialId)
{
    uncompressedHeader(temporalId, spatialId);
    if (error_) {
        return tl::unexpected(*error_);
    }
    if (bits_.failed()) {
        return fail(EBADMSG, "AV1: a frame header ends too early");
    }
    header_.bitCount = bits_.position();
    return std::make_shared<const Av1FrameHeader>(header_);
}

void Av1FrameHeaderReader::uncompressedHeader(uint8_t temporalId, uint8_t spatialId)
{
    auto &control = header_.control;
    if (!sequence_.reducedStillPictureHeader && bits_.flag()) {
        showExistingFrame();
        return;
    }
    frameKind();
    toolsOfTheFrame();
    control.order_hint = bits_.bits(sequence_.control.order_hint_bits);
    const bool independent = header_.isIntra() || has(V4L2_AV1_FRAME_FLAG_ERROR_RESILIENT_MODE);
    control.primary_ref_frame =
        independent ? kNoPrimaryReference : static_cast<uint8_t>(bits_.bits(3));
    bufferRemovalTimes(temporalId, spatialId);
    refreshFlags();
    if (header_.isIntra()) {
        frameSize();
        renderSize();
        if (has(V4L2_AV1_FRAME_FLAG_ALLOW_SCREEN_CONTENT_TOOLS) &&
            control.upscaled_width == control.frame_width_minus_1 + 1) {
            flag(V4L2_AV1_FRAME_FLAG_ALLOW_INTRABC);
        }
    } else {
        interReferences();
        if (error_) {
            return;
        }
        interPrediction();
    }
    if (sequence_.reducedStillPictureHeader || has(V4L2_AV1_FRAME_FLAG_DISABLE_CDF_UPDATE)) {
        control.flags |= V4L2_AV1_FRAME_FLAG_DISABLE_FRAME_END_UPDATE_CDF;
    } else {
        flag(V4L2_AV1_FRAME_FLAG_DISABLE_FRAME_END_UPDATE_CDF);
    }
    tileInfo();
    quantization();
    segmentation();
    deltaQAndLf();
    codedLossless_ = isCodedLossless();
    loopFilter();
    cdef();
    loopRestoration();
    transformsAndModes();
    globalMotion();
    filmGrain();
}

void Av1FrameHeaderReader::showExistingFrame()
{
    header_.showExistingFrame = true;
    header_.frameToShow = static_cast<uint8_t>(bits_.bits(3));
    if (!slots_[header_.frameToShow]) {
        refuse(EAGAIN, "a frame is to be shown that was never decoded");
    }
}

void Av1FrameHeaderReader::frameKind()
{
    auto &control = header_.control;
    if (sequence_.reducedStillPictureHeader) {
        control.frame_type = V4L2_AV1_KEY_FRAME;
        control.flags = V4L2_AV1_FRAME_FLAG_SHOW_FRAME | V4L2_AV1_FRAME_FLAG_ERROR_RESILIENT_MODE;
        return;
    }
    control.frame_type = static_cast<v4l2_av1_frame_type>(bits_.bits(2));
    if (flag(V4L2_AV1_FRAME_FLAG_SHOW_FRAME)) {
        if (sequence_.hasDecoderModelInfo && !sequence_.equalPictureInterval) {
            bits_.skip(sequence_.framePresentationTimeBits);
        }
        if (control.frame_type != V4L2_AV1_KEY_FRAME) {
            control.flags |= V4L2_AV1_FRAME_FLAG_SHOWABLE_FRAME;
        }
    } else {
        flag(V4L2_AV1_FRAME_FLAG_SHOWABLE_FRAME);
    }
    if (header_.isShownKeyFrame() || control.frame_type == V4L2_AV1_SWITCH_FRAME) {
        control.flags |= V4L2_AV1_FRAME_FLAG_ERROR_RESILIENT_MODE;
    } else {
        flag(V4L2_AV1_FRAME_FLAG_ERROR_RESILIENT_MODE);
    }
}

void Av1FrameHeaderReader::toolsOfTheFrame()
{
    auto &control = header_.control;
    const auto choose = [&](uint8_t forced, uint32_t which) {
        if (forced == Av1SequenceHeader::kSelect) {
            flag(which);
        } else if (forced == 1) {
            control.flags |= which;
        }
    };
    flag(V4L2_AV1_FRAME_FLAG_DISABLE_CDF_UPDATE);
    choose(sequence_.forceScreenContentTools, V4L2_AV1_FRAME_FLAG_ALLOW_SCREEN_CONTENT_TOOLS);
    if (has(V4L2_AV1_FRAME_FLAG_ALLOW_SCREEN_CONTENT_TOOLS)) {
        choose(sequence_.forceIntegerMv, V4L2_AV1_FRAME_FLAG_FORCE_INTEGER_MV);
    }
    if (header_.isIntra()) {
        control.flags |= V4L2_AV1_FRAME_FLAG_FORCE_INTEGER_MV;
    }
    if (sequence_.hasFrameIds) {
        control.current_frame_id = bits_.bits(sequence_.frameIdBits);
    }
    if (control.frame_type == V4L2_AV1_SWITCH_FRAME) {
        frameSizeOverride_ = true;
    } else if (!sequence_.reducedStillPictureHeader) {
        frameSizeOverride_ = bits_.flag();
    }
    if (frameSizeOverride_) {
        control.flags |= V4L2_AV1_FRAME_FLAG_FRAME_SIZE_OVERRIDE;
    }
}

void Av1FrameHeaderReader::bufferRemovalTimes(uint8_t temporalId, uint8_t spatialId)
{
    if (!sequence_.hasDecoderModelInfo || !flag(V4L2_AV1_FRAME_FLAG_BUFFER_REMOVAL_TIME_PRESENT)) {
        return;
    }
    for (unsigned i = 0; i < sequence_.operatingPointCount; ++i) {
        const auto &point = sequence_.operatingPoints[i];
        const bool contains = point.idc == 0 || ((point.idc >> temporalId & 1) != 0 &&
                                                 (point.idc >> (spatialId + 8) & 1) != 0);
        if (point.hasDecoderModel && contains) {
            header_.control.buffer_removal_time[i] = bits_.bits(sequence_.bufferRemovalTimeBits);
        }
    }
}

void Av1FrameHeaderReader::refreshFlags()
{
    auto &control = header_.control;
    const bool all = header_.isShownKeyFrame() || control.frame_type == V4L2_AV1_SWITCH_FRAME;
    control.refresh_frame_flags = all ? kAllSlots : static_cast<uint8_t>(bits_.bits(8));
    if ((!header_.isIntra() || control.refresh_frame_flags != kAllSlots) &&
        has(V4L2_AV1_FRAME_FLAG_ERROR_RESILIENT_MODE) && sequence_.control.order_hint_bits > 0) {
        // ref_order_hint[]: what the slots should hold. What they do hold is what counts.
        bits_.skip(8 * sequence_.control.order_hint_bits);
    }
}

void Av1FrameHeaderReader::interReferences()
{
    auto &control = header_.control;
    bool shortSignaling = false;
    if (sequence_.has(V4L2_AV1_SEQUENCE_FLAG_ENABLE_ORDER_HINT) &&
        flag(V4L2_AV1_FRAME_FLAG_FRAME_REFS_SHORT_SIGNALING)) {
        shortSignaling = true;
        std::array<uint32_t, 8> hints{};
        for (unsigned i = 0; i < hints.size(); ++i) {
            if (!slots_[i]) {
                refuse(EAGAIN, "a reference was never decoded");
                return;
            }
            hints[i] = slots_[i]->control.order_hint;
        }
        const auto last = static_cast<uint8_t>(bits_.bits(3));
        const auto golden = static_cast<uint8_t>(bits_.bits(3));
        const auto slots = av1FrameRefs(sequence_.control.order_hint_bits, control.order_hint,
                                        hints, last, golden);
        std::copy(slots.begin(), slots.end(), control.ref_frame_idx);
    }
    for (int8_t &slot : control.ref_frame_idx) {
        if (!shortSignaling) {
            slot = static_cast<int8_t>(bits_.bits(3));
        }
        if (sequence_.hasFrameIds) {
            bits_.skip(sequence_.deltaFrameIdBits);
        }
        if (!slots_[static_cast<unsigned>(slot)]) {
            refuse(EAGAIN, "a reference was never decoded");
            return;
        }
    }
    orderHints();
    if (frameSizeOverride_ && !has(V4L2_AV1_FRAME_FLAG_ERROR_RESILIENT_MODE)) {
        frameSizeWithRefs();
    } else {
        frameSize();
        renderSize();
    }
}

void Av1FrameHeaderReader::orderHints()
{
    auto &control = header_.control;
    for (unsigned i = 0; i < std::size(control.ref_frame_idx); ++i) {
        control.order_hints[i + 1] =
            slots_[static_cast<unsigned>(control.ref_frame_idx[i])]->control.order_hint;
    }
}

void Av1FrameHeaderReader::frameSize()
{
    auto &control = header_.control;
    if (frameSizeOverride_) {
        control.upscaled_width = bits_.bits(sequence_.frameWidthBits) + 1;
        control.frame_height_minus_1 = bits_.bits(sequence_.frameHeightBits);
    } else {
        control.upscaled_width = sequence_.control.max_frame_width_minus_1 + 1U;
        control.frame_height_minus_1 = sequence_.control.max_frame_height_minus_1;
    }
    superres();
}

void Av1FrameHeaderReader::frameSizeWithRefs()
{
    auto &control = header_.control;
    for (const int8_t slot : control.ref_frame_idx) {
        if (bits_.flag()) {
            const auto &reference = slots_[static_cast<unsigned>(slot)]->control;
            control.upscaled_width = reference.upscaled_width;
            control.frame_height_minus_1 = reference.frame_height_minus_1;
            control.render_width_minus_1 = reference.render_width_minus_1;
            control.render_height_minus_1 = reference.render_height_minus_1;
            superres();
            return;
        }
    }
    frameSize();
    renderSize();
}

void Av1FrameHeaderReader::superres()
{
    constexpr uint32_t kLeastDenominator = 9;
    auto &control = header_.control;
    control.superres_denom = kAv1SuperresNumerator;
    if (sequence_.has(V4L2_AV1_SEQUENCE_FLAG_ENABLE_SUPERRES) &&
        flag(V4L2_AV1_FRAME_FLAG_USE_SUPERRES)) {
        control.superres_denom = static_cast<uint8_t>(bits_.bits(3) + kLeastDenominator);
    }
    control.frame_width_minus_1 = av1CodedWidth(control.upscaled_width, control.superres_denom) - 1;
}

void Av1FrameHeaderReader::renderSize()
{
    auto &control = header_.control;
    if (bits_.flag()) {
        control.render_width_minus_1 = static_cast<uint16_t>(bits_.bits(16));
        control.render_height_minus_1 = static_cast<uint16_t>(bits_.bits(16));
    } else {
        control.render_width_minus_1 = static_cast<uint16_t>(control.upscaled_width - 1);
        control.render_height_minus_1 = static_cast<uint16_t>(control.frame_height_minus_1);
    }
}

void Av1FrameHeaderReader::interPrediction()
{
    auto &control = header_.control;
    if (!has(V4L2_AV1_FRAME_FLAG_FORCE_INTEGER_MV)) {
        flag(V4L2_AV1_FRAME_FLAG_ALLOW_HIGH_PRECISION_MV);
    }
    control.interpolation_filter = bits_.flag()
                                       ? V4L2_AV1_INTERPOLATION_FILTER_SWITCHABLE
                                       : static_cast<v4l2_av1_interpolation_filter>(bits_.bits(2));
    flag(V4L2_AV1_FRAME_FLAG_IS_MOTION_MODE_SWITCHABLE);
    if (!has(V4L2_AV1_FRAME_FLAG_ERROR_RESILIENT_MODE) &&
        sequence_.has(V4L2_AV1_SEQUENCE_FLAG_ENABLE_REF_FRAME_MVS)) {
        flag(V4L2_AV1_FRAME_FLAG_USE_REF_FRAME_MVS);
    }
}

Result<std::shared_ptr<const Av1FrameHeader>>
Av1HeaderParser::parse(std::span<const uint8_t> payload, uint8_t temporalId,
                       uint8_t spatialId) const
{
    if (!sequence_) {
        return fail(EAGAIN, "AV1: a frame before the first sequence header");
    }
    return Av1FrameHeaderReader(payload, *sequence_, slots_).read(temporalId, spatialId);
}

void Av1HeaderParser::refresh(const std::shared_ptr<const Av1FrameHeader> &header)
{
    if (header->showExistingFrame) {
        const auto shown = slots_[header->frameToShow];
        if (shown && shown->control.frame_type == V4L2_AV1_KEY_FRAME) {
            slots_.fill(shown);
        }
        return;
    }
    for (unsigned i = 0; i < slots_.size(); ++i) {
        if ((header->control.refresh_frame_flags >> i & 1) != 0) {
            slots_[i] = header;
        }
    }
}

} // namespace daedalus::bitstream
