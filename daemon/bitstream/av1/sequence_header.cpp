// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/av1/sequence_header.h"

#include <cerrno>

#include "bitstream/av1/bit_reader.h"

namespace daedalus::bitstream {
namespace {

class Reader {
public:
    explicit Reader(std::span<const uint8_t> payload) : bits_(payload) {}

    Result<Av1SequenceHeader> read();

private:
    void flag(uint32_t which)
    {
        if (bits_.flag()) {
            sequence_.control.flags |= which;
        }
    }
    uint8_t small(unsigned count) { return static_cast<uint8_t>(bits_.bits(count)); }
    void timingInfo();
    void operatingPoints();
    void frameSize();
    void interTools();
    void colorConfig();

    Av1BitReader bits_;
    Av1SequenceHeader sequence_;
    uint8_t bufferDelayBits_ = 0;
};

void Reader::timingInfo()
{
    bits_.skip(64); // num_units_in_display_tick, time_scale
    sequence_.equalPictureInterval = bits_.flag();
    if (sequence_.equalPictureInterval) {
        bits_.uvlc(); // num_ticks_per_picture_minus_1
    }
    sequence_.hasDecoderModelInfo = bits_.flag();
    if (sequence_.hasDecoderModelInfo) {
        bufferDelayBits_ = static_cast<uint8_t>(bits_.bits(5) + 1);
        bits_.skip(32); // num_units_in_decoding_tick
        sequence_.bufferRemovalTimeBits = static_cast<uint8_t>(bits_.bits(5) + 1);
        sequence_.framePresentationTimeBits = static_cast<uint8_t>(bits_.bits(5) + 1);
    }
}

void Reader::operatingPoints()
{
    constexpr unsigned kFirstLevelWithTiers = 8;
    const bool hasInitialDisplayDelay = bits_.flag();
    sequence_.operatingPointCount = static_cast<uint8_t>(bits_.bits(5) + 1);
    for (unsigned i = 0; i < sequence_.operatingPointCount; ++i) {
        auto &point = sequence_.operatingPoints[i];
        point.idc = static_cast<uint16_t>(bits_.bits(12));
        if (bits_.bits(5) >= kFirstLevelWithTiers) {
            bits_.skip(1); // seq_tier
        }
        point.hasDecoderModel = sequence_.hasDecoderModelInfo && bits_.flag();
        if (point.hasDecoderModel) {
            bits_.skip(2 * bufferDelayBits_ + 1);
        }
        if (hasInitialDisplayDelay && bits_.flag()) {
            bits_.skip(4);
        }
    }
}

void Reader::frameSize()
{
    sequence_.frameWidthBits = static_cast<uint8_t>(bits_.bits(4) + 1);
    sequence_.frameHeightBits = static_cast<uint8_t>(bits_.bits(4) + 1);
    auto &control = sequence_.control;
    control.max_frame_width_minus_1 = static_cast<uint16_t>(bits_.bits(sequence_.frameWidthBits));
    control.max_frame_height_minus_1 = static_cast<uint16_t>(bits_.bits(sequence_.frameHeightBits));
    sequence_.hasFrameIds = !sequence_.reducedStillPictureHeader && bits_.flag();
    if (sequence_.hasFrameIds) {
        sequence_.deltaFrameIdBits = static_cast<uint8_t>(bits_.bits(4) + 2);
        sequence_.frameIdBits =
            static_cast<uint8_t>(bits_.bits(3) + sequence_.deltaFrameIdBits + 1);
    }
}

void Reader::interTools()
{
    flag(V4L2_AV1_SEQUENCE_FLAG_ENABLE_INTERINTRA_COMPOUND);
    flag(V4L2_AV1_SEQUENCE_FLAG_ENABLE_MASKED_COMPOUND);
    flag(V4L2_AV1_SEQUENCE_FLAG_ENABLE_WARPED_MOTION);
    flag(V4L2_AV1_SEQUENCE_FLAG_ENABLE_DUAL_FILTER);
    flag(V4L2_AV1_SEQUENCE_FLAG_ENABLE_ORDER_HINT);
    const bool orderHints = sequence_.has(V4L2_AV1_SEQUENCE_FLAG_ENABLE_ORDER_HINT);
    if (orderHints) {
        flag(V4L2_AV1_SEQUENCE_FLAG_ENABLE_JNT_COMP);
        flag(V4L2_AV1_SEQUENCE_FLAG_ENABLE_REF_FRAME_MVS);
    }
    constexpr uint8_t kSelect = Av1SequenceHeader::kSelect;
    sequence_.forceScreenContentTools = bits_.flag() ? kSelect : small(1);
    sequence_.forceIntegerMv = kSelect;
    if (sequence_.forceScreenContentTools > 0) {
        sequence_.forceIntegerMv = bits_.flag() ? kSelect : small(1);
    }
    if (orderHints) {
        sequence_.control.order_hint_bits = static_cast<uint8_t>(bits_.bits(3) + 1);
    }
}

void Reader::colorConfig()
{
    constexpr uint32_t kBt709 = 1;
    constexpr uint32_t kSrgb = 13;
    constexpr uint32_t kIdentity = 0;
    constexpr uint32_t kBothSubsampled =
        V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X | V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y;
    auto &control = sequence_.control;
    const bool highBitDepth = bits_.flag();
    const bool twelveBit = control.seq_profile == 2 && highBitDepth && bits_.flag();
    control.bit_depth = twelveBit ? 12 : (highBitDepth ? 10 : 8);
    if (control.seq_profile != 1) {
        flag(V4L2_AV1_SEQUENCE_FLAG_MONO_CHROME);
    }
    bool isSrgb = false;
    if (bits_.flag()) {
        const uint32_t primaries = bits_.bits(8);
        const uint32_t transfer = bits_.bits(8);
        isSrgb = primaries == kBt709 && transfer == kSrgb && bits_.bits(8) == kIdentity;
        if (primaries != kBt709 || transfer != kSrgb) {
            bits_.skip(8); // matrix_coefficients
        }
    }
    if (sequence_.planes() == 1) {
        flag(V4L2_AV1_SEQUENCE_FLAG_COLOR_RANGE);
        control.flags |= kBothSubsampled;
        return;
    }
    if (isSrgb) {
        control.flags |= V4L2_AV1_SEQUENCE_FLAG_COLOR_RANGE;
    } else {
        flag(V4L2_AV1_SEQUENCE_FLAG_COLOR_RANGE);
        if (control.seq_profile == 0) {
            control.flags |= kBothSubsampled;
        } else if (control.seq_profile == 2 && !twelveBit) {
            control.flags |= V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X;
        } else if (control.seq_profile == 2) {
            flag(V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X);
            if (sequence_.has(V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X)) {
                flag(V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y);
            }
        }
        if ((control.flags & kBothSubsampled) == kBothSubsampled) {
            bits_.skip(2); // chroma_sample_position
        }
    }
    flag(V4L2_AV1_SEQUENCE_FLAG_SEPARATE_UV_DELTA_Q);
}

Result<Av1SequenceHeader> Reader::read()
{
    sequence_.control.seq_profile = small(3);
    flag(V4L2_AV1_SEQUENCE_FLAG_STILL_PICTURE);
    sequence_.reducedStillPictureHeader = bits_.flag();
    if (sequence_.reducedStillPictureHeader) {
        bits_.skip(5); // seq_level_idx
    } else {
        if (bits_.flag()) {
            timingInfo();
        }
        operatingPoints();
    }
    frameSize();
    flag(V4L2_AV1_SEQUENCE_FLAG_USE_128X128_SUPERBLOCK);
    flag(V4L2_AV1_SEQUENCE_FLAG_ENABLE_FILTER_INTRA);
    flag(V4L2_AV1_SEQUENCE_FLAG_ENABLE_INTRA_EDGE_FILTER);
    if (!sequence_.reducedStillPictureHeader) {
        interTools();
    }
    flag(V4L2_AV1_SEQUENCE_FLAG_ENABLE_SUPERRES);
    flag(V4L2_AV1_SEQUENCE_FLAG_ENABLE_CDEF);
    flag(V4L2_AV1_SEQUENCE_FLAG_ENABLE_RESTORATION);
    colorConfig();
    flag(V4L2_AV1_SEQUENCE_FLAG_FILM_GRAIN_PARAMS_PRESENT);
    if (bits_.failed() || sequence_.control.seq_profile > 2) {
        return fail(EBADMSG, "AV1: damaged sequence header");
    }
    return sequence_;
}

} // namespace

Result<Av1SequenceHeader> Av1SequenceHeader::parse(std::span<const uint8_t> payload)
{
    return Reader(payload).read();
}

} // namespace daedalus::bitstream
