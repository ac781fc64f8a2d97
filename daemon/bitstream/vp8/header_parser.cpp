// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/vp8/header_parser.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "bitstream/bool_decoder.h"
#include "bitstream/vp8/probabilities.h"
#include "daedalus/flag_if.h"

namespace daedalus::bitstream {

namespace {

constexpr std::array<uint8_t, 3> kStartCode{0x9d, 0x01, 0x2a};
/// Of intra predicted macroblocks in inter frames, until a header changes them (16.2).
constexpr std::array<uint8_t, 4> kDefaultLumaModeProbs{112, 86, 140, 37};
constexpr std::array<uint8_t, 3> kDefaultChromaModeProbs{162, 101, 204};
/// Key frames have fixed ones (11.2).
constexpr std::array<uint8_t, 4> kKeyFrameLumaModeProbs{145, 156, 163, 128};
constexpr std::array<uint8_t, 3> kKeyFrameChromaModeProbs{142, 114, 183};

uint32_t littleEndian(std::span<const uint8_t> bytes, size_t at, unsigned count)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < count; ++i) {
        value |= uint32_t{bytes[at + i]} << (8 * i);
    }
    return value;
}

void parseQuantization(BoolDecoder &decoder, v4l2_vp8_quantization &quant)
{
    quant.y_ac_qi = static_cast<uint8_t>(decoder.literal(7));
    quant.y_dc_delta = static_cast<int8_t>(decoder.optionalSigned(4));
    quant.y2_dc_delta = static_cast<int8_t>(decoder.optionalSigned(4));
    quant.y2_ac_delta = static_cast<int8_t>(decoder.optionalSigned(4));
    quant.uv_dc_delta = static_cast<int8_t>(decoder.optionalSigned(4));
    quant.uv_ac_delta = static_cast<int8_t>(decoder.optionalSigned(4));
}

/// Which partitions there are, and their sizes (9.5): false where they are longer than
/// the frame.
bool parsePartitions(BoolDecoder &decoder, std::span<const uint8_t> behindFirst,
                     v4l2_ctrl_vp8_frame &control)
{
    constexpr unsigned kSizeBytes = 3;
    control.num_dct_parts = static_cast<uint8_t>(1U << decoder.literal(2));
    const size_t table = size_t{kSizeBytes} * (control.num_dct_parts - 1U);
    if (behindFirst.size() < table) {
        return false;
    }
    size_t left = behindFirst.size() - table;
    for (unsigned i = 0; i + 1 < control.num_dct_parts; ++i) {
        const uint32_t size = littleEndian(behindFirst, size_t{kSizeBytes} * i, kSizeBytes);
        if (size > left) {
            return false;
        }
        control.dct_part_sizes[i] = size;
        left -= size;
    }
    control.dct_part_sizes[control.num_dct_parts - 1] = static_cast<uint32_t>(left);
    return true;
}

/// copy_buffer_to_golden and copy_buffer_to_arf (9.7).
Vp8Update copyFlag(unsigned value)
{
    return value == 1 ? Vp8Update::Last : value == 2 ? Vp8Update::Other : Vp8Update::Keep;
}

void parseReferences(BoolDecoder &decoder, Vp8FrameHeader &header)
{
    const bool golden = decoder.flag();
    const bool alternate = decoder.flag();
    header.golden = golden ? Vp8Update::ThisFrame : copyFlag(decoder.literal(2));
    header.alternate = alternate ? Vp8Update::ThisFrame : copyFlag(decoder.literal(2));
    header.control.flags |= flagIf(decoder.flag(), V4L2_VP8_FRAME_FLAG_SIGN_BIAS_GOLDEN);
    header.control.flags |= flagIf(decoder.flag(), V4L2_VP8_FRAME_FLAG_SIGN_BIAS_ALT);
}

template <typename Probs>
void copyProbs(Probs &to, const auto &from)
{
    static_assert(sizeof(to) == sizeof(from));
    std::memcpy(&to, &from, sizeof(to));
}

} // namespace

Result<void> Vp8HeaderParser::parseTag(std::span<const uint8_t> frame, Vp8FrameHeader &header)
{
    if (frame.size() < vp8TagSize(false)) {
        return fail(EBADMSG, "VP8: a frame without a header");
    }
    const uint32_t tag = littleEndian(frame, 0, 3);
    header.keyFrame = (tag & 1) == 0;
    header.showFrame = (tag >> 4 & 1) != 0;
    header.control.version = tag >> 1 & 7;
    header.control.first_part_size = tag >> 5;
    header.control.flags = flagIf(header.keyFrame, V4L2_VP8_FRAME_FLAG_KEY_FRAME) |
                           flagIf(header.showFrame, V4L2_VP8_FRAME_FLAG_SHOW_FRAME);
    const size_t tagSize = vp8TagSize(header.keyFrame);
    if (frame.size() < tagSize || header.control.first_part_size > frame.size() - tagSize) {
        return fail(EBADMSG, "VP8: the first partition is longer than the frame");
    }
    if (!header.keyFrame) {
        return started_ ? Result<void>() : fail(EBADMSG, "VP8: no key frame yet");
    }
    if (!std::equal(kStartCode.begin(), kStartCode.end(), frame.begin() + 3)) {
        return fail(EBADMSG, "VP8: a key frame without start code");
    }
    const uint32_t width = littleEndian(frame, 6, 2);
    const uint32_t height = littleEndian(frame, 8, 2);
    constexpr uint32_t kSizeMask = 0x3fff;
    if ((width & kSizeMask) == 0 || (height & kSizeMask) == 0) {
        return fail(EBADMSG, "VP8: a picture without samples");
    }
    width_ = width & kSizeMask;
    height_ = height & kSizeMask;
    horizontalScale_ = static_cast<uint8_t>(width >> 14);
    verticalScale_ = static_cast<uint8_t>(height >> 14);
    return {};
}

void Vp8HeaderParser::startKeyFrame()
{
    started_ = false; // until all of the header is good
    segment_ = {};
    deltas_ = {};
    copyProbs(entropy_.coeff_probs, kVp8DefaultCoefficientProbs);
    copyProbs(entropy_.mv_probs, kVp8DefaultMvProbs);
    copyProbs(entropy_.y_mode_probs, kDefaultLumaModeProbs);
    copyProbs(entropy_.uv_mode_probs, kDefaultChromaModeProbs);
}

void Vp8HeaderParser::parseSegmentation(BoolDecoder &decoder)
{
    constexpr unsigned kQuantBits = 7;
    constexpr unsigned kFilterBits = 6;
    constexpr uint8_t kNoProbability = 255;
    // How values are meant lasts as long as they do.
    segment_.flags &= V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE;
    if (!decoder.flag()) {
        return;
    }
    const bool map = decoder.flag();
    const bool features = decoder.flag();
    segment_.flags |= V4L2_VP8_SEGMENT_FLAG_ENABLED |
                      flagIf(map, V4L2_VP8_SEGMENT_FLAG_UPDATE_MAP) |
                      flagIf(features, V4L2_VP8_SEGMENT_FLAG_UPDATE_FEATURE_DATA);
    if (features) {
        segment_.flags &= ~uint32_t{V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE};
        segment_.flags |= flagIf(!decoder.flag(), V4L2_VP8_SEGMENT_FLAG_DELTA_VALUE_MODE);
        for (auto &value : segment_.quant_update) {
            value = static_cast<int8_t>(decoder.optionalSigned(kQuantBits));
        }
        for (auto &value : segment_.lf_update) {
            value = static_cast<int8_t>(decoder.optionalSigned(kFilterBits));
        }
    }
    if (map) {
        for (auto &probability : segment_.segment_probs) {
            probability =
                decoder.flag() ? static_cast<uint8_t>(decoder.literal(8)) : kNoProbability;
        }
    }
}

void Vp8HeaderParser::parseLoopFilter(BoolDecoder &decoder, v4l2_vp8_loop_filter &filter)
{
    constexpr unsigned kDeltaBits = 6;
    filter.flags = flagIf(decoder.flag(), V4L2_VP8_LF_FILTER_TYPE_SIMPLE);
    filter.level = static_cast<uint8_t>(decoder.literal(6));
    filter.sharpness_level = static_cast<uint8_t>(decoder.literal(3));
    if (decoder.flag()) {
        filter.flags |= V4L2_VP8_LF_ADJ_ENABLE;
        if (decoder.flag()) {
            filter.flags |= V4L2_VP8_LF_DELTA_UPDATE;
            for (auto *deltas : {&deltas_.ref_frm_delta, &deltas_.mb_mode_delta}) {
                for (auto &delta : *deltas) {
                    if (decoder.flag()) {
                        delta = static_cast<int8_t>(decoder.signedLiteral(kDeltaBits));
                    }
                }
            }
        }
    }
    copyProbs(filter.ref_frm_delta, deltas_.ref_frm_delta);
    copyProbs(filter.mb_mode_delta, deltas_.mb_mode_delta);
}

void Vp8HeaderParser::parseProbabilities(BoolDecoder &decoder, Vp8FrameHeader &header)
{
    auto &control = header.control;
    for (size_t type = 0; type < kVp8CoefficientUpdateProbs.size(); ++type) {
        for (size_t band = 0; band < kVp8CoefficientUpdateProbs[type].size(); ++band) {
            for (size_t context = 0; context < 3; ++context) {
                for (size_t node = 0; node < V4L2_VP8_COEFF_PROB_CNT; ++node) {
                    if (decoder.decode(kVp8CoefficientUpdateProbs[type][band][context][node])) {
                        entropy_.coeff_probs[type][band][context][node] =
                            static_cast<uint8_t>(decoder.literal(8));
                    }
                }
            }
        }
    }
    if (decoder.flag()) {
        control.flags |= V4L2_VP8_FRAME_FLAG_MB_NO_SKIP_COEFF;
        control.prob_skip_false = static_cast<uint8_t>(decoder.literal(8));
    }
    if (header.keyFrame) {
        return;
    }
    control.prob_intra = static_cast<uint8_t>(decoder.literal(8));
    control.prob_last = static_cast<uint8_t>(decoder.literal(8));
    control.prob_gf = static_cast<uint8_t>(decoder.literal(8));
    if (decoder.flag()) {
        for (auto &probability : entropy_.y_mode_probs) {
            probability = static_cast<uint8_t>(decoder.literal(8));
        }
    }
    if (decoder.flag()) {
        for (auto &probability : entropy_.uv_mode_probs) {
            probability = static_cast<uint8_t>(decoder.literal(8));
        }
    }
    for (size_t axis = 0; axis < kVp8MvUpdateProbs.size(); ++axis) {
        for (size_t i = 0; i < V4L2_VP8_MV_PROB_CNT; ++i) {
            if (decoder.decode(kVp8MvUpdateProbs[axis][i])) {
                // Seven bits, of which zero is not a probability.
                const unsigned value = decoder.literal(7);
                entropy_.mv_probs[axis][i] = static_cast<uint8_t>(value != 0 ? value << 1 : 1);
            }
        }
    }
}

Result<Vp8FrameHeader> Vp8HeaderParser::parse(std::span<const uint8_t> frame)
{
    Vp8FrameHeader header;
    auto &control = header.control;
    if (auto tag = parseTag(frame, header); !tag) {
        return tl::unexpected(tag.error());
    }
    if (header.keyFrame) {
        startKeyFrame();
    }
    const auto partitions = frame.subspan(vp8TagSize(header.keyFrame));
    BoolDecoder decoder(partitions.first(control.first_part_size));
    if (header.keyFrame) {
        decoder.literal(2); // color_space and clamping_type
    }
    parseSegmentation(decoder);
    parseLoopFilter(decoder, control.lf);
    if (!parsePartitions(decoder, partitions.subspan(control.first_part_size), control)) {
        return fail(EBADMSG, "VP8: the partitions are longer than the frame");
    }
    parseQuantization(decoder, control.quant);
    if (header.keyFrame) {
        header.golden = Vp8Update::ThisFrame;
        header.alternate = Vp8Update::ThisFrame;
    } else {
        parseReferences(decoder, header);
    }
    const bool keepProbabilities = decoder.flag();
    const v4l2_vp8_entropy saved = entropy_;
    header.refreshLast = header.keyFrame || decoder.flag();
    parseProbabilities(decoder, header);

    control.segment = segment_;
    control.entropy = entropy_;
    if (header.keyFrame) {
        copyProbs(control.entropy.y_mode_probs, kKeyFrameLumaModeProbs);
        copyProbs(control.entropy.uv_mode_probs, kKeyFrameChromaModeProbs);
    }
    if (!keepProbabilities) {
        entropy_ = saved;
    }
    control.coder_state.range = decoder.range();
    control.coder_state.value = decoder.value();
    control.coder_state.bit_count = decoder.bitCount();
    control.first_part_header_bits = static_cast<uint32_t>(decoder.position());
    control.width = width_;
    control.height = height_;
    control.horizontal_scale = horizontalScale_;
    control.vertical_scale = verticalScale_;
    started_ = true;
    return header;
}

} // namespace daedalus::bitstream
