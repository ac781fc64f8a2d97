// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/codecs.h"

#include <linux/v4l2-controls.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "bitstream/annexb.h"
#include "bitstream/hevc/slice_header.h"
#include "va-driver/codec_hevc_parameters.h"

namespace daedalus::va {

namespace {

using HevcSlice = Slice<VASliceParameterBufferHEVC>;

constexpr uint8_t kNoPicture = 0xff;

bool supported(const VAPictureParameterBufferHEVC &picture)
{
    const bool depth = picture.bit_depth_luma_minus8 == 0 || picture.bit_depth_luma_minus8 == 2;
    return picture.pic_fields.bits.chroma_format_idc == 1 && depth &&
           picture.bit_depth_chroma_minus8 == picture.bit_depth_luma_minus8 &&
           picture.log2_min_luma_coding_block_size_minus3 <= 3 &&
           picture.log2_diff_max_min_luma_coding_block_size <= 3;
}

/// Collects the references of a picture.
class References {
public:
    References(const VAPictureParameterBufferHEVC &picture, v4l2_ctrl_hevc_decode_params &params)
        : picture_(picture), params_(params)
    {}

    /// Fills dpb[] and the lists. False: a surface does not exist.
    bool collect(const SurfaceLookup &surfaces, StatelessRequest &request);

    /// VA does not tell the order of long-term references. What slices refer to does.
    void orderLongTerm(const bitstream::HevcSliceHeader &header,
                       const VASliceParameterBufferHEVC &slice);

private:
    void list(const VAPictureHEVC &va, uint8_t index);
    void sortByDistance(std::span<uint8_t> indices);
    void placeLongTerm(size_t place, uint8_t index);

    const VAPictureParameterBufferHEVC &picture_;
    v4l2_ctrl_hevc_decode_params &params_;
    std::array<uint8_t, std::size(VAPictureParameterBufferHEVC{}.ReferenceFrames)> indexOf_{};
};

void References::list(const VAPictureHEVC &va, uint8_t index)
{
    if ((va.flags & VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE) != 0) {
        params_.poc_st_curr_before[params_.num_poc_st_curr_before++] = index;
    } else if ((va.flags & VA_PICTURE_HEVC_RPS_ST_CURR_AFTER) != 0) {
        params_.poc_st_curr_after[params_.num_poc_st_curr_after++] = index;
    } else if ((va.flags & VA_PICTURE_HEVC_RPS_LT_CURR) != 0) {
        params_.poc_lt_curr[params_.num_poc_lt_curr++] = index;
    }
}

void References::sortByDistance(std::span<uint8_t> indices)
{
    const auto distance = [this](uint8_t index) {
        return std::abs(int64_t{params_.dpb[index].pic_order_cnt_val} - params_.pic_order_cnt_val);
    };
    std::ranges::sort(indices, {}, distance);
}

bool References::collect(const SurfaceLookup &surfaces, StatelessRequest &request)
{
    indexOf_.fill(kNoPicture);
    for (size_t i = 0; i < indexOf_.size(); ++i) {
        const VAPictureHEVC &va = picture_.ReferenceFrames[i];
        if ((va.flags & VA_PICTURE_HEVC_INVALID) != 0 || va.picture_id == VA_INVALID_SURFACE) {
            continue;
        }
        auto surface = surfaces(va.picture_id);
        if (!surface) {
            return false;
        }
        indexOf_[i] = params_.num_active_dpb_entries++;
        v4l2_hevc_dpb_entry &entry = params_.dpb[indexOf_[i]];
        entry.timestamp = surface->reference().timestamp;
        entry.pic_order_cnt_val = va.pic_order_cnt;
        const bool longTerm =
            (va.flags & (VA_PICTURE_HEVC_LONG_TERM_REFERENCE | VA_PICTURE_HEVC_RPS_LT_CURR)) != 0;
        entry.flags = longTerm ? V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE : 0;
        list(va, indexOf_[i]);
        request.references.push_back(std::move(surface));
    }
    sortByDistance(std::span(params_.poc_st_curr_before).first(params_.num_poc_st_curr_before));
    sortByDistance(std::span(params_.poc_st_curr_after).first(params_.num_poc_st_curr_after));
    return true;
}

void References::placeLongTerm(size_t place, uint8_t index)
{
    const auto order = std::span(params_.poc_lt_curr).first(params_.num_poc_lt_curr);
    const auto found = std::ranges::find(order, index);
    if (found != order.end() && place < order.size()) {
        std::swap(*found, order[place]);
    }
}

/// (8-8) and (8-10): the initial list has the short-term pictures first, then the
/// long-term ones, and begins anew where it is too short.
void References::orderLongTerm(const bitstream::HevcSliceHeader &header,
                               const VASliceParameterBufferHEVC &slice)
{
    const size_t shortTerm = params_.num_poc_st_curr_before + params_.num_poc_st_curr_after;
    const size_t total = shortTerm + params_.num_poc_lt_curr;
    for (size_t x = 0; x < 2; ++x) {
        const auto &entries = header.listEntries[x];
        for (size_t i = 0; i < header.numRefIdxActive[x]; ++i) {
            const size_t place = entries.empty() ? i % total : entries[i];
            const uint8_t frame = slice.RefPicList[x][i];
            if (place >= shortTerm && frame < indexOf_.size()) {
                placeLongTerm(place - shortTerm, indexOf_[frame]);
            }
        }
    }
}

class HevcTranslator : public CodecTranslator {
public:
    VaResult<StatelessRequest> translate(const PictureBuffers &buffers, VASurfaceID target,
                                         const SurfaceLookup &surfaces) override;
};

uint64_t decodeFlags(const bitstream::HevcNalHeader &nal)
{
    return (nal.isIrap() ? V4L2_HEVC_DECODE_PARAM_FLAG_IRAP_PIC : 0U) |
           (nal.isIdr() ? V4L2_HEVC_DECODE_PARAM_FLAG_IDR_PIC : 0U);
}

/// Reads slice headers, where they tell what VA's parameters do not.
void orderLongTerm(References &references, const std::vector<HevcSlice> &slices,
                   const v4l2_ctrl_hevc_sps &sps, const v4l2_ctrl_hevc_pps &pps,
                   const v4l2_ctrl_hevc_decode_params &params)
{
    if (params.num_poc_lt_curr < 2) {
        return;
    }
    const bitstream::HevcSliceContext context{
        .sps = sps,
        .pps = pps,
        .shortTermSets = {},
        .longTerm = {},
        .shortTermBits = params.short_term_ref_pic_set_size,
        .references = static_cast<uint32_t>(params.num_poc_st_curr_before +
                                            params.num_poc_st_curr_after + params.num_poc_lt_curr)};
    for (const HevcSlice &slice : slices) {
        if (const auto header =
                bitstream::parseHevcSliceHeader(bitstream::withoutStartCode(slice.data), context)) {
            references.orderLongTerm(*header, slice.params);
        }
    }
}

VaResult<StatelessRequest> HevcTranslator::translate(const PictureBuffers &buffers,
                                                     VASurfaceID /*target*/,
                                                     const SurfaceLookup &surfaces)
{
    const auto picture = buffers.pictureAs<VAPictureParameterBufferHEVC>();
    const auto slices = collectSlices<VASliceParameterBufferHEVC>(buffers);
    if (!picture || !slices || !supported(*picture)) {
        return vaFail(VA_STATUS_ERROR_INVALID_BUFFER);
    }
    const auto first =
        bitstream::parseHevcSliceStart(bitstream::withoutStartCode(slices->front().data));
    if (!first) {
        return vaFail(VA_STATUS_ERROR_DECODING_ERROR);
    }
    const v4l2_ctrl_hevc_sps sps = hevcSps(*picture);
    const auto pps = hevcPps(*picture, first->ppsId);
    if (!pps) {
        return vaFail(VA_STATUS_ERROR_INVALID_BUFFER);
    }
    StatelessRequest request;
    for (const HevcSlice &slice : *slices) {
        bitstream::appendWithStartCode(request.bitstream, bitstream::withoutStartCode(slice.data));
    }
    v4l2_ctrl_hevc_decode_params params{};
    params.pic_order_cnt_val = picture->CurrPic.pic_order_cnt;
    params.short_term_ref_pic_set_size =
        static_cast<uint16_t>(std::min<uint32_t>(picture->st_rps_bits, UINT16_MAX));
    params.flags = decodeFlags(first->nal);
    References references(*picture, params);
    if (!references.collect(surfaces, request)) {
        return vaFail(VA_STATUS_ERROR_INVALID_SURFACE);
    }
    orderLongTerm(references, *slices, sps, *pps, params);

    request.controls.set(V4L2_CID_STATELESS_HEVC_SPS, sps);
    request.controls.set(V4L2_CID_STATELESS_HEVC_PPS, *pps);
    request.controls.set(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS, params);
    if (picture->pic_fields.bits.scaling_list_enabled_flag != 0) {
        const auto iqMatrix = buffers.iqMatrixAs<VAIQMatrixBufferHEVC>();
        request.controls.set(V4L2_CID_STATELESS_HEVC_SCALING_MATRIX, hevcScalingMatrix(iqMatrix));
    }
    request.codedWidth = picture->pic_width_in_luma_samples;
    request.codedHeight = picture->pic_height_in_luma_samples;
    return request;
}

} // namespace

std::unique_ptr<CodecTranslator> createHevcTranslator(VAProfile /*profile*/)
{
    return std::make_unique<HevcTranslator>();
}

} // namespace daedalus::va
