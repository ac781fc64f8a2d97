// SPDX-License-Identifier: BSD-2-Clause
#include "bitstream/h264/slice_header.h"

#include <algorithm>
#include <bit>

#include "bitstream/bit_reader.h"
#include "daedalus/flag_if.h"

namespace daedalus::bitstream {

namespace {

constexpr unsigned kNalSlice = 1;
constexpr unsigned kNalIdrSlice = 5;
/// More than any slice header has, so that not the whole slice is unescaped.
constexpr size_t kMaxHeaderBytes = 8192;

bool isP(uint8_t type)
{
    return type == V4L2_H264_SLICE_TYPE_P || type == V4L2_H264_SLICE_TYPE_SP;
}

bool isB(uint8_t type)
{
    return type == V4L2_H264_SLICE_TYPE_B;
}

bool isIntra(uint8_t type)
{
    return type == V4L2_H264_SLICE_TYPE_I || type == V4L2_H264_SLICE_TYPE_SI;
}

class SliceHeaderReader {
public:
    SliceHeaderReader(std::span<const uint8_t> rbsp, uint8_t nalHeader, const H264Sps &sps,
                      const H264Pps &pps)
        : reader_(rbsp), sps_(sps), pps_(pps)
    {
        header_.nalRefIdc = nalHeader >> 5 & 3;
        header_.idr = (nalHeader & 31) == kNalIdrSlice;
    }

    Result<H264SliceHeader> read();

private:
    bool readStart();
    void readPictureOrder();
    void readActiveReferences();
    void readListModifications(unsigned list);
    void readWeights();
    void readWeightFactors(v4l2_h264_weight_factors &factors, unsigned count);
    void readMarking();
    void readMmcos();
    void readQuantAndFilter();
    void readSliceGroupChange();
    [[nodiscard]] bool weighted() const;

    BitReader reader_;
    const H264Sps &sps_;
    const H264Pps &pps_;
    H264SliceHeader header_;
};

Result<H264SliceHeader> SliceHeaderReader::read()
{
    if (!readStart()) {
        return fail(EBADMSG, "H.264: damaged slice header");
    }
    readPictureOrder();
    if (pps_.has(V4L2_H264_PPS_FLAG_REDUNDANT_PIC_CNT_PRESENT)) {
        header_.redundantPicCnt = reader_.ue();
    }
    if (isB(header_.sliceType)) {
        header_.directSpatialMvPred = reader_.flag();
    }
    if (!isIntra(header_.sliceType)) {
        readActiveReferences();
        readListModifications(0);
        if (isB(header_.sliceType)) {
            readListModifications(1);
        }
        if (weighted()) {
            readWeights();
        }
    }
    if (header_.nalRefIdc != 0) {
        const size_t start = reader_.position();
        readMarking();
        header_.decRefPicMarkingBits = static_cast<uint32_t>(reader_.position() - start);
    }
    readQuantAndFilter();
    readSliceGroupChange();
    if (reader_.failed()) {
        return fail(EBADMSG, "H.264: damaged slice header");
    }
    constexpr unsigned kNalHeaderBits = 8;
    header_.headerBits = static_cast<uint32_t>(reader_.position() + kNalHeaderBits);
    return std::move(header_);
}

bool SliceHeaderReader::readStart()
{
    header_.firstMbInSlice = reader_.ue();
    const uint32_t type = reader_.ue();
    const uint32_t pps = reader_.ue();
    if (type > 9 || pps != pps_.control.pic_parameter_set_id) {
        return false;
    }
    header_.sliceType = static_cast<uint8_t>(type % 5);
    header_.ppsId = static_cast<uint8_t>(pps);
    if (sps_.has(V4L2_H264_SPS_FLAG_SEPARATE_COLOUR_PLANE)) {
        header_.colourPlaneId = static_cast<uint8_t>(reader_.bits(2));
    }
    header_.frameNum = reader_.bits(sps_.control.log2_max_frame_num_minus4 + 4U);
    if (!sps_.frameMbsOnly()) {
        header_.fieldPic = reader_.flag();
        header_.bottomField = header_.fieldPic && reader_.flag();
    }
    if (header_.idr) {
        header_.idrPicId = reader_.ue();
    }
    // 7.4.1.2.4: an IDR picture is a reference.
    return !reader_.failed() && header_.idrPicId <= 0xffff &&
           !(header_.idr && header_.nalRefIdc == 0);
}

void SliceHeaderReader::readPictureOrder()
{
    const size_t start = reader_.position();
    const bool bottomInFrame =
        !header_.fieldPic && pps_.has(V4L2_H264_PPS_FLAG_BOTTOM_FIELD_PIC_ORDER_IN_FRAME_PRESENT);
    if (sps_.control.pic_order_cnt_type == 0) {
        header_.picOrderCntLsb = reader_.bits(sps_.control.log2_max_pic_order_cnt_lsb_minus4 + 4U);
        if (bottomInFrame) {
            header_.deltaPicOrderCntBottom = reader_.se();
        }
    } else if (sps_.control.pic_order_cnt_type == 1 &&
               !sps_.has(V4L2_H264_SPS_FLAG_DELTA_PIC_ORDER_ALWAYS_ZERO)) {
        header_.deltaPicOrderCnt[0] = reader_.se();
        if (bottomInFrame) {
            header_.deltaPicOrderCnt[1] = reader_.se();
        }
    }
    header_.picOrderCntBits = static_cast<uint32_t>(reader_.position() - start);
}

void SliceHeaderReader::readActiveReferences()
{
    const unsigned lists = isB(header_.sliceType) ? 2 : 1;
    const unsigned most = header_.fieldPic ? 32 : 16;
    header_.numRefIdxOverride = reader_.flag();
    const std::array<unsigned, 2> defaults{pps_.control.num_ref_idx_l0_default_active_minus1,
                                           pps_.control.num_ref_idx_l1_default_active_minus1};
    for (unsigned list = 0; list < lists; ++list) {
        const unsigned minus1 = header_.numRefIdxOverride ? reader_.ue() : defaults[list];
        if (minus1 >= most) {
            reader_.setFailed();
            return;
        }
        header_.numRefIdxActive[list] = static_cast<uint8_t>(minus1 + 1);
    }
}

void SliceHeaderReader::readListModifications(unsigned list)
{
    constexpr uint32_t kEnd = 3;
    if (!reader_.flag()) {
        return;
    }
    auto &modifications = header_.refListModifications[list];
    while (!reader_.failed()) {
        const uint32_t idc = reader_.ue();
        if (idc == kEnd) {
            return;
        }
        if (idc > kEnd || modifications.size() >= V4L2_H264_REF_LIST_LEN) {
            reader_.setFailed();
            return;
        }
        modifications.push_back({static_cast<uint8_t>(idc), reader_.ue()});
    }
}

bool SliceHeaderReader::weighted() const
{
    return isP(header_.sliceType) ? pps_.has(V4L2_H264_PPS_FLAG_WEIGHTED_PRED)
                                  : pps_.control.weighted_bipred_idc == 1;
}

void SliceHeaderReader::readWeights()
{
    v4l2_ctrl_h264_pred_weights weights{};
    weights.luma_log2_weight_denom = static_cast<uint16_t>(reader_.ue());
    if (sps_.chromaArrayType() != 0) {
        weights.chroma_log2_weight_denom = static_cast<uint16_t>(reader_.ue());
    }
    if (weights.luma_log2_weight_denom > 7 || weights.chroma_log2_weight_denom > 7) {
        reader_.setFailed();
        return;
    }
    const unsigned lists = isB(header_.sliceType) ? 2 : 1;
    for (unsigned list = 0; list < lists; ++list) {
        auto &factors = weights.weight_factors[list];
        std::fill_n(factors.luma_weight, 32, 1 << weights.luma_log2_weight_denom);
        for (auto &chroma : factors.chroma_weight) {
            std::fill_n(chroma, 2, 1 << weights.chroma_log2_weight_denom);
        }
        readWeightFactors(factors, header_.numRefIdxActive[list]);
    }
    header_.weights = weights;
}

void SliceHeaderReader::readWeightFactors(v4l2_h264_weight_factors &factors, unsigned count)
{
    for (unsigned i = 0; i < count; ++i) {
        if (reader_.flag()) {
            factors.luma_weight[i] = static_cast<int16_t>(reader_.se());
            factors.luma_offset[i] = static_cast<int16_t>(reader_.se());
        }
        if (sps_.chromaArrayType() != 0 && reader_.flag()) {
            for (unsigned plane = 0; plane < 2; ++plane) {
                factors.chroma_weight[i][plane] = static_cast<int16_t>(reader_.se());
                factors.chroma_offset[i][plane] = static_cast<int16_t>(reader_.se());
            }
        }
    }
}

void SliceHeaderReader::readMarking()
{
    if (header_.idr) {
        header_.noOutputOfPriorPics = reader_.flag();
        header_.longTermReference = reader_.flag();
        return;
    }
    header_.adaptiveMarking = reader_.flag();
    if (header_.adaptiveMarking) {
        readMmcos();
    }
}

void SliceHeaderReader::readMmcos()
{
    // Each field of 16 frames marked twice over, and one each of 4, 5 and 6.
    constexpr size_t kMost = 67;
    while (!reader_.failed()) {
        const uint32_t operation = reader_.ue();
        if (operation == 0) {
            return;
        }
        if (operation > 6 || header_.mmcos.size() >= kMost) {
            reader_.setFailed();
            return;
        }
        H264Mmco mmco;
        mmco.operation = static_cast<uint8_t>(operation);
        if (operation == 1 || operation == 3) {
            mmco.differenceOfPicNumsMinus1 = reader_.ue();
        }
        if (operation == 2) {
            mmco.longTermPicNum = reader_.ue();
        }
        if (operation == 3 || operation == 6) {
            mmco.longTermFrameIdx = reader_.ue();
        }
        if (operation == 4) {
            mmco.maxLongTermFrameIdxPlus1 = reader_.ue();
        }
        header_.mmcos.push_back(mmco);
    }
}

void SliceHeaderReader::readQuantAndFilter()
{
    const uint8_t type = header_.sliceType;
    if (pps_.has(V4L2_H264_PPS_FLAG_ENTROPY_CODING_MODE) && !isIntra(type)) {
        const uint32_t idc = reader_.ue();
        if (idc > 2) {
            reader_.setFailed();
        }
        header_.cabacInitIdc = static_cast<uint8_t>(idc);
    }
    header_.sliceQpDelta = reader_.se();
    if (type == V4L2_H264_SLICE_TYPE_SP || type == V4L2_H264_SLICE_TYPE_SI) {
        header_.spForSwitch = type == V4L2_H264_SLICE_TYPE_SP && reader_.flag();
        header_.sliceQsDelta = reader_.se();
    }
    if (!pps_.has(V4L2_H264_PPS_FLAG_DEBLOCKING_FILTER_CONTROL_PRESENT)) {
        return;
    }
    const uint32_t disable = reader_.ue();
    if (disable > 2) {
        reader_.setFailed();
        return;
    }
    header_.disableDeblockingFilterIdc = static_cast<uint8_t>(disable);
    if (disable != 1) {
        const int32_t alpha = reader_.se();
        const int32_t beta = reader_.se();
        if (std::clamp(alpha, -6, 6) != alpha || std::clamp(beta, -6, 6) != beta) {
            reader_.setFailed();
            return;
        }
        header_.sliceAlphaC0OffsetDiv2 = static_cast<int8_t>(alpha);
        header_.sliceBetaOffsetDiv2 = static_cast<int8_t>(beta);
    }
}

void SliceHeaderReader::readSliceGroupChange()
{
    if (pps_.control.num_slice_groups_minus1 == 0 || pps_.sliceGroupMapType < 3 ||
        pps_.sliceGroupMapType > 5) {
        return;
    }
    // (7-35): Ceil(Log2(PicSizeInMapUnits / SliceGroupChangeRate + 1)) bits, where the
    // division is exact.
    const uint64_t units =
        uint64_t{sps_.widthInMbs()} * (sps_.control.pic_height_in_map_units_minus1 + 1U);
    const uint64_t rate = std::max<uint64_t>(pps_.sliceGroupChangeRate, 1);
    const uint64_t steps = (units + rate - 1) / rate;
    header_.sliceGroupChangeCycle = reader_.bits(static_cast<unsigned>(std::bit_width(steps)));
}

std::span<const uint8_t> headerBytes(std::span<const uint8_t> nal)
{
    return nal.subspan(1, std::min(nal.size() - 1, kMaxHeaderBytes));
}

} // namespace

bool H264SliceHeader::hasMmco5() const
{
    return std::any_of(mmcos.begin(), mmcos.end(),
                       [](const H264Mmco &mmco) { return mmco.operation == 5; });
}

Result<H264SliceStart> parseH264SliceStart(std::span<const uint8_t> nal)
{
    // Three codes of at most 63 bits.
    constexpr size_t kBytes = 32;
    if (nal.empty()) {
        return fail(EBADMSG, "H.264: empty slice");
    }
    const auto rbsp = unescapeRbsp(nal.subspan(1, std::min(nal.size() - 1, kBytes)));
    BitReader reader(rbsp);
    H264SliceStart start;
    start.firstMbInSlice = reader.ue();
    const uint32_t type = reader.ue();
    const uint32_t pps = reader.ue();
    if (reader.failed() || type > 9 || pps > 255) {
        return fail(EBADMSG, "H.264: damaged slice header");
    }
    start.sliceType = static_cast<uint8_t>(type % 5);
    start.ppsId = static_cast<uint8_t>(pps);
    return start;
}

Result<H264SliceHeader> parseH264SliceHeader(std::span<const uint8_t> nal, const H264Sps &sps,
                                             const H264Pps &pps)
{
    if (nal.empty()) {
        return fail(EBADMSG, "H.264: empty slice");
    }
    const unsigned type = nal[0] & 31;
    if (type != kNalSlice && type != kNalIdrSlice) {
        return fail(ENOTSUP, "H.264: not a slice of the base view");
    }
    return SliceHeaderReader(unescapeRbsp(headerBytes(nal)), nal[0], sps, pps).read();
}

v4l2_ctrl_h264_decode_params h264DecodeParams(const H264SliceHeader &slice)
{
    v4l2_ctrl_h264_decode_params params{};
    params.nal_ref_idc = slice.nalRefIdc;
    params.frame_num = static_cast<uint16_t>(slice.frameNum);
    params.idr_pic_id = static_cast<uint16_t>(slice.idrPicId);
    params.pic_order_cnt_lsb = static_cast<uint16_t>(slice.picOrderCntLsb);
    params.delta_pic_order_cnt_bottom = slice.deltaPicOrderCntBottom;
    params.delta_pic_order_cnt0 = slice.deltaPicOrderCnt[0];
    params.delta_pic_order_cnt1 = slice.deltaPicOrderCnt[1];
    params.dec_ref_pic_marking_bit_size = slice.decRefPicMarkingBits;
    params.pic_order_cnt_bit_size = slice.picOrderCntBits;
    params.slice_group_change_cycle = slice.sliceGroupChangeCycle;
    params.flags = flagIf(slice.idr, V4L2_H264_DECODE_PARAM_FLAG_IDR_PIC) |
                   flagIf(slice.fieldPic, V4L2_H264_DECODE_PARAM_FLAG_FIELD_PIC) |
                   flagIf(slice.bottomField, V4L2_H264_DECODE_PARAM_FLAG_BOTTOM_FIELD);
    return params;
}

} // namespace daedalus::bitstream
