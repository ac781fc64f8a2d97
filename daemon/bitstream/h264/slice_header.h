// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <linux/v4l2-controls.h>

#include "bitstream/h264/parameter_sets.h"
#include "daedalus/result.h"

namespace daedalus::bitstream {

/// One command of ref_pic_list_modification() (7.3.3.1).
struct H264RefListModification {
    uint8_t idc = 0;    ///< modification_of_pic_nums_idc, 0..2
    uint32_t value = 0; ///< abs_diff_pic_num_minus1 or long_term_pic_num
};

/// One memory_management_control_operation (7.3.3.3).
struct H264Mmco {
    uint8_t operation = 0;                  ///< 1..6
    uint32_t differenceOfPicNumsMinus1 = 0; ///< 1, 3
    uint32_t longTermPicNum = 0;            ///< 2
    uint32_t longTermFrameIdx = 0;          ///< 3, 6
    uint32_t maxLongTermFrameIdxPlus1 = 0;  ///< 4
};

/// A slice header (7.3.3).
struct H264SliceHeader {
    uint8_t nalRefIdc = 0;
    bool idr = false; ///< nal_unit_type 5
    uint32_t firstMbInSlice = 0;
    uint8_t sliceType = 0; ///< V4L2_H264_SLICE_TYPE_*
    uint8_t ppsId = 0;
    uint8_t colourPlaneId = 0;
    uint32_t frameNum = 0;
    bool fieldPic = false;
    bool bottomField = false;
    uint32_t idrPicId = 0;
    uint32_t picOrderCntLsb = 0;
    int32_t deltaPicOrderCntBottom = 0;
    std::array<int32_t, 2> deltaPicOrderCnt{};
    uint32_t picOrderCntBits = 0; ///< size of all picture order count syntax
    uint32_t redundantPicCnt = 0;
    bool directSpatialMvPred = false;
    bool numRefIdxOverride = false;
    /// num_ref_idx_l*_active_minus1 + 1 in force; 0 for lists that are not used.
    std::array<uint8_t, 2> numRefIdxActive{};
    std::array<std::vector<H264RefListModification>, 2> refListModifications;
    /// pred_weight_table() (7.3.3.2), entries without a flag inferred (7.4.3.2).
    std::optional<v4l2_ctrl_h264_pred_weights> weights;
    bool noOutputOfPriorPics = false; ///< IDR
    bool longTermReference = false;   ///< IDR
    bool adaptiveMarking = false;     ///< mmcos are used, not the sliding window
    std::vector<H264Mmco> mmcos;
    uint32_t decRefPicMarkingBits = 0;
    uint8_t cabacInitIdc = 0;
    int32_t sliceQpDelta = 0;
    bool spForSwitch = false;
    int32_t sliceQsDelta = 0;
    uint8_t disableDeblockingFilterIdc = 0;
    int8_t sliceAlphaC0OffsetDiv2 = 0;
    int8_t sliceBetaOffsetDiv2 = 0;
    uint32_t sliceGroupChangeCycle = 0;
    /// Bits from the NAL unit's first byte to slice_data(), emulation prevention
    /// bytes not counted.
    uint32_t headerBits = 0;

    [[nodiscard]] bool hasMmco5() const;
};

/// The first elements of a slice header, which need no parameter sets.
struct H264SliceStart {
    uint32_t firstMbInSlice = 0;
    uint8_t sliceType = 0; ///< V4L2_H264_SLICE_TYPE_*
    uint8_t ppsId = 0;
};

/// @param nal the NAL unit (type 1 or 5), its header included, no start code
/// @returns EBADMSG: damaged
Result<H264SliceStart> parseH264SliceStart(std::span<const uint8_t> nal);

/// @param nal the NAL unit (type 1 or 5), its header included, no start code
/// @param sps,pps those that parseH264SliceStart() leads to
/// @returns EBADMSG: damaged; ENOTSUP: not a slice of the base view
Result<H264SliceHeader> parseH264SliceHeader(std::span<const uint8_t> nal, const H264Sps &sps,
                                             const H264Pps &pps);

/// What decode parameters say of a slice header: all but the order counts, the references, and
/// the types of the picture's slices.
v4l2_ctrl_h264_decode_params h264DecodeParams(const H264SliceHeader &slice);

} // namespace daedalus::bitstream
