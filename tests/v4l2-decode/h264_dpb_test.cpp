// SPDX-License-Identifier: BSD-2-Clause
// Reference marking (8.2.5), output order (C.4) and picture order counts (8.2.1),
// against small examples worked out by hand from the specification.
#include <gtest/gtest.h>

#include "tools/v4l2-decode/parser/h264_dpb.h"

namespace daedalus::test {
namespace {

/// Drives a buffer as the stream parser does, frame after frame.
class DpbTest : public ::testing::Test {
protected:
    DpbTest()
    {
        sps_.control.flags = V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY;
        sps_.control.max_num_ref_frames = 3;
        dpb_.configure(4, 3);
    }

    static bitstream::H264SliceHeader reference(uint32_t frameNum)
    {
        bitstream::H264SliceHeader slice;
        slice.nalRefIdc = 1;
        slice.frameNum = frameNum;
        slice.idr = frameNum == 0;
        return slice;
    }

    void decode(const bitstream::H264SliceHeader &slice, int32_t order)
    {
        v4l2decode::H264FrameStore frame;
        frame.timestamp = slice.frameNum + 100;
        frame.frameNum = slice.frameNum;
        frame.order = {order, order};
        frame.fields = V4L2_H264_FRAME_REF;
        frame.neededForOutput = true;
        dpb_.begin(frame);
        dpb_.mark(sps_, slice, V4L2_H264_FRAME_REF);
        dpb_.storeCurrent(events_);
    }

    v4l2_ctrl_h264_decode_params params(uint32_t frameNum)
    {
        v4l2_ctrl_h264_decode_params params{};
        dpb_.fillEntries(sps_, reference(frameNum), params);
        return params;
    }

    /// frame_num (or long-term index) of the references; long-term ones negative.
    std::vector<int> references(uint32_t frameNum)
    {
        std::vector<int> result;
        const auto all = params(frameNum);
        for (const auto &entry : all.dpb) {
            if ((entry.flags & V4L2_H264_DPB_ENTRY_FLAG_ACTIVE) != 0) {
                const bool longTerm = (entry.flags & V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM) != 0;
                result.push_back(longTerm ? -1 - entry.frame_num : entry.frame_num);
            }
        }
        return result;
    }

    std::vector<uint64_t> shown() const
    {
        std::vector<uint64_t> result;
        for (const auto &event : events_) {
            if (const auto *show = std::get_if<v4l2decode::ShowPicture>(&event)) {
                result.push_back(show->timestamp - 100);
            }
        }
        return result;
    }

    bitstream::H264Sps sps_;
    v4l2decode::H264Dpb dpb_;
    std::vector<v4l2decode::StreamEvent> events_;
};

TEST_F(DpbTest, SlidingWindowDropsTheOldest)
{
    for (uint32_t i = 0; i < 5; ++i) {
        decode(reference(i), static_cast<int32_t>(2 * i));
    }
    EXPECT_EQ(references(5), (std::vector<int>{2, 3, 4}));
}

TEST_F(DpbTest, FrameNumWraps)
{
    // MaxFrameNum is 16: 14 and 15 are older than 0.
    decode(reference(14), 0);
    decode(reference(15), 2);
    bitstream::H264SliceHeader zero = reference(0);
    zero.idr = false;
    decode(zero, 4);
    EXPECT_EQ(static_cast<int32_t>(params(1).dpb[0].pic_num), -2);
    bitstream::H264SliceHeader one = reference(1);
    decode(one, 6);
    EXPECT_EQ(references(2), (std::vector<int>{15, 0, 1}));
}

TEST_F(DpbTest, OperationsMarkAndUnmark)
{
    decode(reference(0), 0);
    decode(reference(1), 2);
    bitstream::H264SliceHeader slice = reference(2);
    slice.adaptiveMarking = true;
    // One long-term index; picture 0 gets it, picture 1 goes.
    slice.mmcos = {{.operation = 4, .maxLongTermFrameIdxPlus1 = 1},
                   {.operation = 3, .differenceOfPicNumsMinus1 = 1, .longTermFrameIdx = 0},
                   {.operation = 1, .differenceOfPicNumsMinus1 = 0}};
    decode(slice, 4);
    EXPECT_EQ(references(3), (std::vector<int>{-1, 2}));

    bitstream::H264SliceHeader drop = reference(3);
    drop.adaptiveMarking = true;
    drop.mmcos = {{.operation = 2, .longTermPicNum = 0}};
    decode(drop, 6);
    EXPECT_EQ(references(4), (std::vector<int>{2, 3}));

    bitstream::H264SliceHeader current = reference(4);
    current.adaptiveMarking = true;
    current.mmcos = {{.operation = 4, .maxLongTermFrameIdxPlus1 = 2},
                     {.operation = 6, .longTermFrameIdx = 1}};
    decode(current, 8);
    EXPECT_EQ(references(5), (std::vector<int>{2, 3, -2}));

    bitstream::H264SliceHeader limit = reference(5);
    limit.adaptiveMarking = true;
    limit.mmcos = {{.operation = 4, .maxLongTermFrameIdxPlus1 = 0}};
    decode(limit, 10);
    EXPECT_EQ(references(6), (std::vector<int>{2, 3, 5}));
}

TEST_F(DpbTest, GapsPushReferencesOut)
{
    decode(reference(0), 0);
    decode(reference(1), 2);
    dpb_.addNonExisting(sps_, 2, events_);
    dpb_.addNonExisting(sps_, 3, events_);
    EXPECT_EQ(references(4), (std::vector<int>{1, 2, 3}));
    const auto entries = params(4);
    EXPECT_EQ(entries.dpb[0].reference_ts, 101U);
    EXPECT_EQ(entries.dpb[1].reference_ts, 0U) << "there is no such buffer";
}

TEST_F(DpbTest, BumpsInPictureOrder)
{
    // Decode order I0 P8 B4 b2 b6, capacity 4.
    decode(reference(0), 0);
    decode(reference(1), 8);
    decode(reference(2), 4);
    bitstream::H264SliceHeader b = reference(3);
    b.nalRefIdc = 0;
    decode(b, 2);
    EXPECT_TRUE(shown().empty());
    b.frameNum = 4;
    decode(b, 6);
    EXPECT_EQ(shown(), (std::vector<uint64_t>{0, 3}));
    dpb_.flush(events_);
    EXPECT_EQ(shown(), (std::vector<uint64_t>{0, 3, 2, 4, 1}));
}

TEST_F(DpbTest, SecondFieldReferencesTheFirst)
{
    sps_.control.flags = 0;
    bitstream::H264SliceHeader first = reference(0);
    first.fieldPic = true;
    v4l2decode::H264FrameStore frame;
    frame.timestamp = 100;
    frame.fields = V4L2_H264_TOP_FIELD_REF;
    frame.codedAsFields = true;
    dpb_.begin(frame);
    dpb_.mark(sps_, first, V4L2_H264_TOP_FIELD_REF);

    bitstream::H264SliceHeader second = reference(0);
    second.idr = false;
    second.fieldPic = true;
    second.bottomField = true;
    v4l2_ctrl_h264_decode_params params{};
    dpb_.fillEntries(sps_, second, params);
    EXPECT_EQ(params.dpb[0].reference_ts, 100U);
    EXPECT_EQ(params.dpb[0].fields, V4L2_H264_TOP_FIELD_REF);
    EXPECT_EQ(params.dpb[0].pic_num, 0U) << "opposite parity: 2 * FrameNumWrap";
    EXPECT_NE(params.dpb[0].flags & V4L2_H264_DPB_ENTRY_FLAG_FIELD, 0U);
    dpb_.mark(sps_, second, V4L2_H264_BOTTOM_FIELD_REF);
    EXPECT_EQ(dpb_.current()->shortTerm, V4L2_H264_FRAME_REF);
}

TEST(PictureOrder, Type0CarriesIntoTheMostSignificantPart)
{
    bitstream::H264Sps sps;
    sps.control.flags = V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY;
    v4l2decode::H264PictureOrder order; // MaxPicOrderCntLsb 16
    bitstream::H264SliceHeader slice;
    slice.nalRefIdc = 1;
    slice.idr = true;
    EXPECT_EQ(order.next(sps, slice).top, 0);
    slice.idr = false;
    const std::array<std::pair<uint32_t, int32_t>, 5> lsbs{
        {{6, 6}, {14, 14}, {4, 20}, {14, 14}, {2, 18}}};
    for (const auto &[lsb, expected] : lsbs) {
        slice.picOrderCntLsb = lsb;
        slice.deltaPicOrderCntBottom = 1;
        const auto both = order.next(sps, slice);
        EXPECT_EQ(both.top, expected);
        EXPECT_EQ(both.bottom, expected + 1);
    }
}

TEST(PictureOrder, Type1CountsCycles)
{
    bitstream::H264Sps sps;
    sps.control.flags = V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY;
    sps.control.pic_order_cnt_type = 1;
    sps.control.num_ref_frames_in_pic_order_cnt_cycle = 2;
    sps.control.offset_for_ref_frame[0] = 2;
    sps.control.offset_for_ref_frame[1] = 6;
    sps.control.offset_for_non_ref_pic = -4;
    v4l2decode::H264PictureOrder order;
    bitstream::H264SliceHeader slice;
    slice.nalRefIdc = 1;
    slice.idr = true;
    EXPECT_EQ(order.next(sps, slice).top, 0);
    slice.idr = false;
    slice.frameNum = 1;
    EXPECT_EQ(order.next(sps, slice).top, 2);
    slice.frameNum = 2;
    EXPECT_EQ(order.next(sps, slice).top, 8);
    slice.frameNum = 3;
    slice.nalRefIdc = 0;
    EXPECT_EQ(order.next(sps, slice).top, 4) << "8 of the two before, -4";
}

TEST(PictureOrder, Type2FollowsDecodeOrderOverTheWrap)
{
    bitstream::H264Sps sps;
    sps.control.flags = V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY;
    sps.control.pic_order_cnt_type = 2;
    v4l2decode::H264PictureOrder order; // MaxFrameNum 16
    bitstream::H264SliceHeader slice;
    slice.nalRefIdc = 1;
    slice.idr = true;
    EXPECT_EQ(order.next(sps, slice).top, 0);
    slice.idr = false;
    slice.frameNum = 15;
    EXPECT_EQ(order.next(sps, slice).top, 30);
    slice.frameNum = 0;
    slice.nalRefIdc = 0;
    EXPECT_EQ(order.next(sps, slice).top, 31);
    slice.nalRefIdc = 1;
    EXPECT_EQ(order.next(sps, slice).top, 32);
}

} // namespace
} // namespace daedalus::test
