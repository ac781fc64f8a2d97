// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/h264/slice_rewriter.h"

#include <algorithm>
#include <array>
#include <bit>

#include "bitstream/bit_reader.h"
#include "bitstream/rbsp_writer.h"

namespace daedalus::bitstream {
namespace {

/// Copies what comes before the picture order count (7.3.3), with another PPS.
void copyBeforePicOrderCnt(BitReader &reader, RbspWriter &writer, const H264SliceHeader &header,
                           const v4l2_ctrl_h264_sps &sps, uint8_t ppsId)
{
    writer.ue(reader.ue()); // first_mb_in_slice
    writer.ue(reader.ue()); // slice_type
    reader.ue();
    writer.ue(ppsId);
    copyBits(reader, writer, sps.log2_max_frame_num_minus4 + 4U);
    if ((sps.flags & V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY) == 0) {
        copyBits(reader, writer, header.fieldPic ? 2 : 1);
    }
    if (header.idr) {
        writer.ue(reader.ue()); // idr_pic_id
    }
}

/// Bits of ue(v).
unsigned ueBits(uint32_t value)
{
    return 2 * static_cast<unsigned>(std::bit_width(value + 1)) - 1;
}

/// Bits up to and without rbsp_slice_trailing_bits() (7.3.2.10).
size_t sliceBits(std::span<const uint8_t> rbsp)
{
    const auto isZero = [](uint8_t byte) { return byte == 0; };
    const auto last = std::find_if_not(rbsp.rbegin(), rbsp.rend(), isZero);
    if (last == rbsp.rend()) {
        return 0;
    }
    const auto bytes = static_cast<size_t>(rbsp.rend() - last);
    unsigned trailing = 0;
    while ((*last >> trailing & 1) == 0) {
        ++trailing;
    }
    return bytes * 8 - trailing - 1;
}

void writePicOrderCnt(RbspWriter &writer, const H264SliceHeader &header,
                      const v4l2_ctrl_h264_decode_params &decode)
{
    const int32_t top = decode.top_field_order_cnt;
    const int32_t bottom = decode.bottom_field_order_cnt;
    constexpr uint32_t kLsbMask = (1U << kRewrittenPicOrderCntBits) - 1;
    const int32_t own = header.fieldPic && header.bottomField ? bottom : top;
    writer.bits(static_cast<uint32_t>(own) & kLsbMask, kRewrittenPicOrderCntBits);
    if (!header.fieldPic) {
        // Far beyond what a stream has; keeps garbage inside of what se(v) can say.
        constexpr int64_t kMaxDelta = 1 << 24;
        const int64_t delta = int64_t{bottom} - top;
        writer.se(static_cast<int32_t>(std::clamp(delta, -kMaxDelta, kMaxDelta)));
    }
}

} // namespace

RewrittenPps rewrittenPps(const H264Slice &slice, const H264Parameters &parameters)
{
    const bool redundant = parameters.ppsHas(V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT);
    // The decoder has no use for redundant slices.
    if (parameters.ppsHas(V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE) ||
        slice.header.redundantPicCnt != 0) {
        return {.id = slice.ppsId, .redundantPicCnt = redundant};
    }
    // By the length of the identifier in bits, modulo 8, which is 1, 3, 5 or 7.
    static constexpr std::array<uint8_t, 4> kPlain{0, 1, 3, 7};
    static constexpr std::array<uint8_t, 4> kWithRedundant{15, 2, 4, 8};
    RbspWriter writer;
    writePicOrderCnt(writer, slice.header, parameters.decode);
    const auto missing =
        static_cast<int>(slice.header.picOrderCntBits) - static_cast<int>(writer.position());
    const bool toggled = missing % 2 != 0;
    const bool with = redundant != toggled;
    const int bits =
        missing + static_cast<int>(ueBits(slice.ppsId)) + (redundant ? 1 : 0) - (with ? 1 : 0);
    const auto index = static_cast<size_t>(bits & 7) / 2;
    return {.id = with ? kWithRedundant.at(index) : kPlain.at(index), .redundantPicCnt = with};
}

void appendWithPicOrderCnt(std::vector<uint8_t> &stream, const H264Slice &slice,
                           const H264Parameters &parameters)
{
    constexpr size_t kNalHeaderBits = 8;
    const auto rbsp = unescapeRbsp(slice.nal.subspan(1));
    const H264SliceHeader &header = slice.header;
    const RewrittenPps pps = rewrittenPps(slice, parameters);
    const size_t headerEnd = header.headerBits - kNalHeaderBits;
    const size_t end = std::max(sliceBits(rbsp), headerEnd);

    BitReader reader(rbsp);
    RbspWriter writer;
    copyBeforePicOrderCnt(reader, writer, header, parameters.sps, pps.id);
    reader.skip(header.picOrderCntBits);
    writePicOrderCnt(writer, header, parameters.decode);
    if (parameters.ppsHas(V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT)) {
        reader.ue();
    }
    if (pps.redundantPicCnt) {
        writer.ue(header.redundantPicCnt);
    }
    copyBits(reader, writer, headerEnd - reader.position());
    if (parameters.ppsHas(V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE)) {
        // cabac_alignment_one_bit
        reader.skip(static_cast<unsigned>((8 - reader.position() % 8) % 8));
        const auto ones = static_cast<unsigned>((8 - writer.position() % 8) % 8);
        writer.bits((1U << ones) - 1, ones);
    }
    if (end > reader.position()) {
        copyBits(reader, writer, end - reader.position());
    }
    writer.trailingBits();
    appendNalUnit(stream, slice.nal[0], writer.bytes());
}

} // namespace daedalus::bitstream
