// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>

#include "bitstream/h264/parameter_sets.h"
#include "bitstream/h264/slice_header.h"

namespace daedalus::v4l2decode {

/// TopFieldOrderCnt and BottomFieldOrderCnt; of a field, only its own is set.
struct H264FieldOrder {
    int32_t top = 0;
    int32_t bottom = 0;
};

/// The decoding process for picture order count (8.2.1), types 0, 1 and 2.
class H264PictureOrder {
public:
    /// Order counts of the next picture (frame or field) in decode order.
    H264FieldOrder next(const bitstream::H264Sps &sps, const bitstream::H264SliceHeader &slice);

    /// A "non-existing" frame was inferred for a gap in frame_num (8.2.5.2).
    void inferredFrame(const bitstream::H264Sps &sps, uint32_t frameNum);

    /// The picture had memory_management_control_operation 5.
    /// @param order its order counts after the operation (8.2.1: tempPicOrderCnt
    /// subtracted)
    void reset(const H264FieldOrder &order, bool bottomField);

private:
    [[nodiscard]] H264FieldOrder type0(const bitstream::H264Sps &sps,
                                       const bitstream::H264SliceHeader &slice);
    [[nodiscard]] H264FieldOrder type1(const bitstream::H264Sps &sps,
                                       const bitstream::H264SliceHeader &slice) const;
    [[nodiscard]] H264FieldOrder type2(const bitstream::H264SliceHeader &slice) const;
    void advanceFrameNum(const bitstream::H264Sps &sps, uint32_t frameNum, bool idr);

    int64_t prevPicOrderCntMsb_ = 0;
    int64_t prevPicOrderCntLsb_ = 0;
    int64_t frameNumOffset_ = 0; ///< of the current picture, then prevFrameNumOffset
    uint32_t prevFrameNum_ = 0;
};

} // namespace daedalus::v4l2decode
