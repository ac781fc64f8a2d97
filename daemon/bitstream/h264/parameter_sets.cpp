// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/h264/parameter_sets.h"

#include <algorithm>
#include <bit>

#include "bitstream/bit_reader.h"

namespace daedalus::bitstream {

namespace {

/// Bits of a constraint_set flag byte, most significant first in the stream, least
/// significant first in V4L2.
uint8_t constraintFlags(BitReader &reader)
{
    uint8_t flags = 0;
    for (unsigned i = 0; i < 6; ++i) {
        flags |= static_cast<uint8_t>(reader.bits(1) << i);
    }
    reader.skip(2);
    return flags;
}

/// Reads ue(v) that must not be above @p maximum.
uint32_t ueUpTo(BitReader &reader, uint32_t maximum)
{
    const uint32_t value = reader.ue();
    if (value > maximum) {
        reader.setFailed();
        return 0;
    }
    return value;
}

/// Reads se(v) that has to lie in a range.
int32_t seWithin(BitReader &reader, int32_t minimum, int32_t maximum)
{
    const int32_t value = reader.se();
    if (value < minimum || value > maximum) {
        reader.setFailed();
        return 0;
    }
    return value;
}

class SpsReader {
public:
    explicit SpsReader(std::span<const uint8_t> rbsp) : reader_(rbsp) {}

    Result<H264Sps> read();

private:
    void setFlag(uint32_t flag) { sps_.control.flags |= reader_.flag() ? flag : 0; }
    void readChroma();
    void readPictureOrder();
    void readSize();
    void readCropping();
    void readVui();
    void skipHrd();

    BitReader reader_;
    H264Sps sps_;
};

Result<H264Sps> SpsReader::read()
{
    auto &control = sps_.control;
    control.profile_idc = static_cast<uint8_t>(reader_.bits(8));
    control.constraint_set_flags = constraintFlags(reader_);
    control.level_idc = static_cast<uint8_t>(reader_.bits(8));
    control.seq_parameter_set_id = static_cast<uint8_t>(ueUpTo(reader_, 31));
    control.chroma_format_idc = 1;
    if (V4L2_H264_SPS_HAS_CHROMA_FORMAT(&control)) {
        readChroma();
    }
    control.log2_max_frame_num_minus4 = static_cast<uint8_t>(ueUpTo(reader_, 12));
    readPictureOrder();
    control.max_num_ref_frames = static_cast<uint8_t>(ueUpTo(reader_, V4L2_H264_NUM_DPB_ENTRIES));
    setFlag(V4L2_H264_SPS_FLAG_GAPS_IN_FRAME_NUM_VALUE_ALLOWED);
    readSize();
    setFlag(V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE);
    readCropping();
    if (reader_.failed()) {
        return fail(EBADMSG, "H.264: damaged sequence parameter set");
    }
    if (reader_.flag()) {
        readVui();
    }
    return sps_;
}

void SpsReader::readChroma()
{
    auto &control = sps_.control;
    control.chroma_format_idc = static_cast<uint8_t>(ueUpTo(reader_, 3));
    if (control.chroma_format_idc == 3) {
        setFlag(V4L2_H264_SPS_FLAG_SEPARATE_COLOUR_PLANE);
    }
    control.bit_depth_luma_minus8 = static_cast<uint8_t>(ueUpTo(reader_, 6));
    control.bit_depth_chroma_minus8 = static_cast<uint8_t>(ueUpTo(reader_, 6));
    setFlag(V4L2_H264_SPS_FLAG_QPPRIME_Y_ZERO_TRANSFORM_BYPASS);
    if (reader_.flag()) {
        sps_.scaling = readH264ScalingLists(reader_, control.chroma_format_idc == 3 ? 12 : 8);
    }
}

void SpsReader::readPictureOrder()
{
    auto &control = sps_.control;
    control.pic_order_cnt_type = static_cast<uint8_t>(ueUpTo(reader_, 2));
    if (control.pic_order_cnt_type == 0) {
        control.log2_max_pic_order_cnt_lsb_minus4 = static_cast<uint8_t>(ueUpTo(reader_, 12));
    } else if (control.pic_order_cnt_type == 1) {
        setFlag(V4L2_H264_SPS_FLAG_DELTA_PIC_ORDER_ALWAYS_ZERO);
        control.offset_for_non_ref_pic = reader_.se();
        control.offset_for_top_to_bottom_field = reader_.se();
        control.num_ref_frames_in_pic_order_cnt_cycle = static_cast<uint8_t>(ueUpTo(reader_, 254));
        for (unsigned i = 0; i < control.num_ref_frames_in_pic_order_cnt_cycle; ++i) {
            control.offset_for_ref_frame[i] = reader_.se();
        }
    }
}

void SpsReader::readSize()
{
    // Level 6.2 has at most 139264 macroblocks, so that no side has more than
    // sqrt(8 * 139264) (A.3.1).
    constexpr uint32_t kMaxMbs = 1055;
    auto &control = sps_.control;
    control.pic_width_in_mbs_minus1 = static_cast<uint16_t>(ueUpTo(reader_, kMaxMbs));
    control.pic_height_in_map_units_minus1 = static_cast<uint16_t>(ueUpTo(reader_, kMaxMbs));
    setFlag(V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY);
    if (!sps_.frameMbsOnly()) {
        setFlag(V4L2_H264_SPS_FLAG_MB_ADAPTIVE_FRAME_FIELD);
    }
}

void SpsReader::readCropping()
{
    const uint32_t width = sps_.widthInMbs() * 16;
    const uint32_t height = sps_.heightInMbs() * 16;
    sps_.visible = {0, 0, width, height};
    if (!reader_.flag()) {
        return;
    }
    // CropUnitX and CropUnitY, (7-19) to (7-22).
    const unsigned chroma = sps_.chromaArrayType();
    const uint64_t unitX = chroma == 1 || chroma == 2 ? 2 : 1;
    const uint64_t unitY = uint64_t{chroma == 1 ? 2U : 1U} * (sps_.frameMbsOnly() ? 1 : 2);
    const uint64_t left = reader_.ue() * unitX;
    const uint64_t right = reader_.ue() * unitX;
    const uint64_t top = reader_.ue() * unitY;
    const uint64_t bottom = reader_.ue() * unitY;
    if (left + right >= width || top + bottom >= height) {
        reader_.setFailed();
        return;
    }
    sps_.visible = {static_cast<uint32_t>(left), static_cast<uint32_t>(top),
                    static_cast<uint32_t>(width - left - right),
                    static_cast<uint32_t>(height - top - bottom)};
}

void SpsReader::skipHrd()
{
    const uint32_t count = ueUpTo(reader_, 31) + 1;
    reader_.skip(8);
    for (uint32_t i = 0; i < count && !reader_.failed(); ++i) {
        reader_.ue();
        reader_.ue();
        reader_.skip(1);
    }
    reader_.skip(20);
}

/// Annex E.1.1; everything before bitstream_restriction_flag is passed over. Streams
/// with a truncated VUI exist: then the restriction counts as not there.
void SpsReader::readVui()
{
    constexpr unsigned kExtendedSar = 255;
    if (reader_.flag() && reader_.bits(8) == kExtendedSar) {
        reader_.skip(32);
    }
    if (reader_.flag()) {
        reader_.skip(1); // overscan_appropriate_flag
    }
    if (reader_.flag()) {
        reader_.skip(4); // video_format, video_full_range_flag
        if (reader_.flag()) {
            reader_.skip(24);
        }
    }
    if (reader_.flag()) {
        reader_.ue(); // chroma_sample_loc_type
        reader_.ue();
    }
    if (reader_.flag()) {
        reader_.skip(65); // timing
    }
    const bool nalHrd = reader_.flag();
    if (nalHrd) {
        skipHrd();
    }
    const bool vclHrd = reader_.flag();
    if (vclHrd) {
        skipHrd();
    }
    if (nalHrd || vclHrd) {
        reader_.skip(1); // low_delay_hrd_flag
    }
    reader_.skip(1); // pic_struct_present_flag
    if (!reader_.flag()) {
        return;
    }
    reader_.skip(1); // motion_vectors_over_pic_boundaries_flag
    for (unsigned i = 0; i < 4; ++i) {
        reader_.ue();
    }
    const uint32_t reorder = reader_.ue();
    const uint32_t buffering = reader_.ue();
    if (!reader_.failed() && reorder <= buffering && buffering <= V4L2_H264_NUM_DPB_ENTRIES) {
        sps_.bitstreamRestriction = true;
        sps_.maxNumReorderFrames = reorder;
        sps_.maxDecFrameBuffering = buffering;
    }
}

void readSliceGroups(BitReader &reader, H264Pps &pps)
{
    const unsigned groups = pps.control.num_slice_groups_minus1 + 1U;
    pps.sliceGroupMapType = static_cast<uint8_t>(ueUpTo(reader, 6));
    switch (pps.sliceGroupMapType) {
    case 0:
        for (unsigned i = 0; i < groups; ++i) {
            reader.ue(); // run_length_minus1
        }
        break;
    case 2:
        for (unsigned i = 0; i + 1 < groups; ++i) {
            reader.ue(); // top_left
            reader.ue(); // bottom_right
        }
        break;
    case 3:
    case 4:
    case 5:
        reader.skip(1); // slice_group_change_direction_flag
        pps.sliceGroupChangeRate = reader.ue() + 1;
        break;
    case 6: {
        const uint64_t units = uint64_t{reader.ue()} + 1;
        const auto idBits = static_cast<unsigned>(std::bit_width(groups - 1));
        for (uint64_t i = 0; i < units && !reader.failed(); ++i) {
            reader.skip(idBits);
        }
        break;
    }
    default:
        break;
    }
}

/// Table A-1, in macroblocks; level 1b comes as 9.
uint32_t maxDpbMbs(unsigned level)
{
    struct Limit {
        unsigned level;
        uint32_t mbs;
    };
    static constexpr std::array<Limit, 12> kLimits{{{10, 396},
                                                    {11, 900},
                                                    {20, 2376},
                                                    {21, 4752},
                                                    {30, 8100},
                                                    {31, 18000},
                                                    {32, 20480},
                                                    {41, 32768},
                                                    {42, 34816},
                                                    {50, 110400},
                                                    {52, 184320},
                                                    {62, 696320}}};
    for (const Limit &limit : kLimits) {
        if (level <= limit.level) {
            return limit.mbs;
        }
    }
    return kLimits.back().mbs;
}

} // namespace

unsigned H264Sps::dpbFrames() const
{
    constexpr uint8_t kSet3 = V4L2_H264_SPS_CONSTRAINT_SET3_FLAG;
    const bool set3 = (control.constraint_set_flags & kSet3) != 0;
    const uint8_t profile = control.profile_idc;
    uint32_t frames = 0;
    if (bitstreamRestriction) {
        frames = maxDecFrameBuffering;
    } else {
        const bool basicProfile = profile == 66 || profile == 77 || profile == 88;
        const unsigned level = control.level_idc == 11 && basicProfile && set3 ? 9U // 1b
                                                                               : control.level_idc;
        frames = std::min<uint32_t>(maxDpbMbs(level) / (widthInMbs() * heightInMbs()),
                                    V4L2_H264_NUM_DPB_ENTRIES);
    }
    return std::max({frames, uint32_t{control.max_num_ref_frames}, 1U});
}

Result<H264Sps> parseH264Sps(std::span<const uint8_t> rbsp)
{
    return SpsReader(rbsp).read();
}

Result<H264Pps> parseH264Pps(std::span<const uint8_t> rbsp, unsigned chromaFormatIdc)
{
    BitReader reader(rbsp);
    H264Pps pps;
    auto &control = pps.control;
    const auto setFlag = [&](uint16_t flag) {
        if (reader.flag()) {
            control.flags |= flag;
        }
    };
    control.pic_parameter_set_id = static_cast<uint8_t>(ueUpTo(reader, 255));
    control.seq_parameter_set_id = static_cast<uint8_t>(ueUpTo(reader, 31));
    setFlag(V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE);
    setFlag(V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT);
    control.num_slice_groups_minus1 = static_cast<uint8_t>(ueUpTo(reader, 7));
    if (control.num_slice_groups_minus1 > 0) {
        readSliceGroups(reader, pps);
    }
    control.num_ref_idx_l0_default_active_minus1 = static_cast<uint8_t>(ueUpTo(reader, 31));
    control.num_ref_idx_l1_default_active_minus1 = static_cast<uint8_t>(ueUpTo(reader, 31));
    setFlag(V4L2_H264_PPS_FLAG_WEIGHTED_PRED);
    control.weighted_bipred_idc = static_cast<uint8_t>(reader.bits(2));
    control.pic_init_qp_minus26 = static_cast<int8_t>(seWithin(reader, -62, 25));
    control.pic_init_qs_minus26 = static_cast<int8_t>(seWithin(reader, -26, 25));
    control.chroma_qp_index_offset = static_cast<int8_t>(seWithin(reader, -12, 12));
    control.second_chroma_qp_index_offset = control.chroma_qp_index_offset;
    setFlag(V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT);
    setFlag(V4L2_H264_PPS_FLAG_CONSTRAINED_INTRA_PRED);
    setFlag(V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT);
    if (reader.moreRbspData()) {
        setFlag(V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE);
        if (reader.flag()) {
            control.flags |= V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT;
            const unsigned large = pps.has(V4L2_H264_PPS_FLAG_TRANSFORM_8X8_MODE)
                                       ? (chromaFormatIdc == 3 ? 6U : 2U)
                                       : 0U;
            pps.scaling = readH264ScalingLists(reader, 6 + large);
        }
        control.second_chroma_qp_index_offset = static_cast<int8_t>(seWithin(reader, -12, 12));
    }
    if (reader.failed() || control.weighted_bipred_idc > 2) {
        return fail(EBADMSG, "H.264: damaged picture parameter set");
    }
    return pps;
}

Result<void> H264ParameterSets::addSps(std::span<const uint8_t> nal)
{
    if (nal.empty()) {
        return fail(EBADMSG, "H.264: empty sequence parameter set");
    }
    auto sps = parseH264Sps(unescapeRbsp(nal.subspan(1)));
    if (!sps) {
        return tl::unexpected(sps.error());
    }
    sps_[sps->control.seq_parameter_set_id] = *sps;
    return {};
}

Result<void> H264ParameterSets::addPps(std::span<const uint8_t> nal)
{
    if (nal.empty()) {
        return fail(EBADMSG, "H.264: empty picture parameter set");
    }
    const auto rbsp = unescapeRbsp(nal.subspan(1));
    BitReader reader(rbsp);
    reader.ue();
    const H264Sps *referred = sps(reader.ue());
    auto pps = parseH264Pps(rbsp, referred != nullptr ? referred->control.chroma_format_idc : 1U);
    if (!pps) {
        return tl::unexpected(pps.error());
    }
    pps_[pps->control.pic_parameter_set_id] = *pps;
    return {};
}

const H264Sps *H264ParameterSets::sps(uint32_t id) const
{
    return id < sps_.size() && sps_[id] ? &*sps_[id] : nullptr;
}

const H264Pps *H264ParameterSets::pps(uint32_t id) const
{
    return id < pps_.size() && pps_[id] ? &*pps_[id] : nullptr;
}

} // namespace daedalus::bitstream
