// SPDX-License-Identifier: BSD-2-Clause
#include "tools/v4l2-decode/parser/h264_picture_order.h"

namespace daedalus::v4l2decode {

namespace {

/// Order counts are 32 bits wide; damaged streams may compute others.
H264FieldOrder narrow(int64_t top, int64_t bottom)
{
    return {static_cast<int32_t>(top), static_cast<int32_t>(bottom)};
}

} // namespace

H264FieldOrder H264PictureOrder::next(const bitstream::H264Sps &sps,
                                      const bitstream::H264SliceHeader &slice)
{
    if (sps.control.pic_order_cnt_type == 0) {
        return type0(sps, slice);
    }
    advanceFrameNum(sps, slice.frameNum, slice.idr);
    return sps.control.pic_order_cnt_type == 1 ? type1(sps, slice) : type2(slice);
}

void H264PictureOrder::inferredFrame(const bitstream::H264Sps &sps, uint32_t frameNum)
{
    advanceFrameNum(sps, frameNum, false);
}

void H264PictureOrder::reset(const H264FieldOrder &order, bool bottomField)
{
    prevPicOrderCntMsb_ = 0;
    prevPicOrderCntLsb_ = bottomField ? 0 : order.top;
    frameNumOffset_ = 0;
    prevFrameNum_ = 0;
}

/// FrameNumOffset of 8.2.1.2 and 8.2.1.3.
void H264PictureOrder::advanceFrameNum(const bitstream::H264Sps &sps, uint32_t frameNum, bool idr)
{
    if (idr) {
        frameNumOffset_ = 0;
    } else if (prevFrameNum_ > frameNum) {
        frameNumOffset_ += sps.maxFrameNum();
    }
    prevFrameNum_ = frameNum;
}

H264FieldOrder H264PictureOrder::type0(const bitstream::H264Sps &sps,
                                       const bitstream::H264SliceHeader &slice)
{
    if (slice.idr) {
        prevPicOrderCntMsb_ = 0;
        prevPicOrderCntLsb_ = 0;
    }
    const int64_t maxLsb = int64_t{1} << (sps.control.log2_max_pic_order_cnt_lsb_minus4 + 4);
    const int64_t lsb = slice.picOrderCntLsb;
    int64_t msb = prevPicOrderCntMsb_;
    if (lsb < prevPicOrderCntLsb_ && prevPicOrderCntLsb_ - lsb >= maxLsb / 2) {
        msb += maxLsb;
    } else if (lsb > prevPicOrderCntLsb_ && lsb - prevPicOrderCntLsb_ > maxLsb / 2) {
        msb -= maxLsb;
    }
    if (slice.nalRefIdc != 0) {
        prevPicOrderCntMsb_ = msb;
        prevPicOrderCntLsb_ = lsb;
    }
    return narrow(msb + lsb, msb + lsb + (slice.fieldPic ? 0 : slice.deltaPicOrderCntBottom));
}

H264FieldOrder H264PictureOrder::type1(const bitstream::H264Sps &sps,
                                       const bitstream::H264SliceHeader &slice) const
{
    const auto &control = sps.control;
    const unsigned cycle = control.num_ref_frames_in_pic_order_cnt_cycle;
    int64_t absFrameNum = cycle != 0 ? frameNumOffset_ + slice.frameNum : 0;
    if (slice.nalRefIdc == 0 && absFrameNum > 0) {
        --absFrameNum;
    }
    int64_t expected = 0;
    if (absFrameNum > 0) {
        int64_t deltaPerCycle = 0;
        for (unsigned i = 0; i < cycle; ++i) {
            deltaPerCycle += control.offset_for_ref_frame[i];
        }
        const int64_t cycles = (absFrameNum - 1) / cycle;
        const int64_t inCycle = (absFrameNum - 1) % cycle;
        // Wraps as 32-bit numbers would; only damaged streams come so far.
        expected = static_cast<int32_t>(static_cast<uint64_t>(cycles) *
                                        static_cast<uint64_t>(deltaPerCycle));
        for (int64_t i = 0; i <= inCycle; ++i) {
            expected += control.offset_for_ref_frame[i];
        }
    }
    if (slice.nalRefIdc == 0) {
        expected += control.offset_for_non_ref_pic;
    }
    const int64_t top = expected + slice.deltaPicOrderCnt[0];
    if (slice.fieldPic) {
        return narrow(top, top + control.offset_for_top_to_bottom_field);
    }
    return narrow(top, top + control.offset_for_top_to_bottom_field + slice.deltaPicOrderCnt[1]);
}

H264FieldOrder H264PictureOrder::type2(const bitstream::H264SliceHeader &slice) const
{
    const int64_t twice = 2 * (frameNumOffset_ + slice.frameNum);
    const int64_t order = slice.idr ? 0 : twice - (slice.nalRefIdc == 0 ? 1 : 0);
    return narrow(order, order);
}

} // namespace daedalus::v4l2decode
