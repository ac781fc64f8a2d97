// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/av1/sequence_writer.h"

#include "bitstream/av1/bit_writer.h"
#include "bitstream/av1/obu.h"

namespace daedalus::bitstream {
namespace {

void writeOperatingPoint(Av1BitWriter &bits)
{
    constexpr unsigned kUnlimitedLevel = 31;
    bits.flag(false);                // timing_info_present_flag
    bits.flag(false);                // initial_display_delay_present_flag
    bits.number(0, 5);               // operating_points_cnt_minus_1
    bits.number(0, 12);              // operating_point_idc: every layer
    bits.number(kUnlimitedLevel, 5); // seq_level_idx
    bits.flag(false);                // seq_tier
}

void writeInterTools(Av1BitWriter &bits, const v4l2_ctrl_av1_sequence &sequence)
{
    const auto has = [&](uint32_t flag) { return (sequence.flags & flag) != 0; };
    bits.flag(has(V4L2_AV1_SEQUENCE_FLAG_ENABLE_INTERINTRA_COMPOUND));
    bits.flag(has(V4L2_AV1_SEQUENCE_FLAG_ENABLE_MASKED_COMPOUND));
    bits.flag(true); // enable_warped_motion: each frame says it
    bits.flag(has(V4L2_AV1_SEQUENCE_FLAG_ENABLE_DUAL_FILTER));
    const bool orderHints = has(V4L2_AV1_SEQUENCE_FLAG_ENABLE_ORDER_HINT);
    bits.flag(orderHints);
    if (orderHints) {
        bits.flag(has(V4L2_AV1_SEQUENCE_FLAG_ENABLE_JNT_COMP));
        bits.flag(true); // enable_ref_frame_mvs: each frame says it
    }
    bits.flag(true); // seq_choose_screen_content_tools
    bits.flag(true); // seq_choose_integer_mv
    if (orderHints) {
        bits.number(sequence.order_hint_bits - 1, 3);
    }
}

void writeColor(Av1BitWriter &bits, const v4l2_ctrl_av1_sequence &sequence)
{
    const bool monochrome = (sequence.flags & V4L2_AV1_SEQUENCE_FLAG_MONO_CHROME) != 0;
    bits.flag(sequence.bit_depth > 8);
    bits.flag(monochrome);
    bits.flag(false); // color_description_present_flag
    bits.flag((sequence.flags & V4L2_AV1_SEQUENCE_FLAG_COLOR_RANGE) != 0);
    if (!monochrome) {
        bits.number(0, 2); // chroma_sample_position: unknown
        bits.flag(true);   // separate_uv_delta_q: each frame says it
    }
}

} // namespace

std::vector<uint8_t> av1SequenceObu(const v4l2_ctrl_av1_sequence &sequence)
{
    constexpr uint32_t kLargest = (1U << kAv1SizeBits) - 1;
    const auto has = [&](uint32_t flag) { return (sequence.flags & flag) != 0; };
    Av1BitWriter bits;
    bits.number(sequence.seq_profile, 3);
    bits.flag(false); // still_picture
    bits.flag(false); // reduced_still_picture_header
    writeOperatingPoint(bits);
    bits.number(kAv1SizeBits - 1, 4);
    bits.number(kAv1SizeBits - 1, 4);
    bits.number(kLargest, kAv1SizeBits);
    bits.number(kLargest, kAv1SizeBits);
    bits.flag(false); // frame_id_numbers_present_flag
    bits.flag(has(V4L2_AV1_SEQUENCE_FLAG_USE_128X128_SUPERBLOCK));
    bits.flag(has(V4L2_AV1_SEQUENCE_FLAG_ENABLE_FILTER_INTRA));
    bits.flag(has(V4L2_AV1_SEQUENCE_FLAG_ENABLE_INTRA_EDGE_FILTER));
    writeInterTools(bits, sequence);
    bits.flag(true); // enable_superres: each frame says it
    bits.flag(has(V4L2_AV1_SEQUENCE_FLAG_ENABLE_CDEF));
    bits.flag(true); // enable_restoration: each frame says it
    writeColor(bits, sequence);
    bits.flag(true); // film_grain_params_present: each frame says it
    bits.trailingBits();

    std::vector<uint8_t> obu;
    appendObuHeader(obu, static_cast<uint8_t>(Av1ObuType::SequenceHeader), bits.bytes().size());
    obu.insert(obu.end(), bits.bytes().begin(), bits.bytes().end());
    return obu;
}

} // namespace daedalus::bitstream
