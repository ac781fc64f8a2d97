// SPDX-License-Identifier: BSD-2-Clause
#include "engine/h264/frame_numbers.h"

#include <gtest/gtest.h>

namespace daedalus::engine {
namespace {

class FrameNumbersTest : public testing::Test {
protected:
    FrameNumbersTest()
    {
        parameters_.sps.log2_max_frame_num_minus4 = 0; // 16 numbers
        parameters_.sps.max_num_ref_frames = 4;
        parameters_.sps.pic_width_in_mbs_minus1 = 10;
    }

    static bitstream::H264SliceHeader frame(uint32_t frameNum, bool reference = true)
    {
        bitstream::H264SliceHeader header;
        header.frameNum = frameNum;
        header.nalRefIdc = reference ? 1 : 0;
        return header;
    }

    static bitstream::H264SliceHeader field(uint32_t frameNum, bool bottom, bool reference = true)
    {
        bitstream::H264SliceHeader header = frame(frameNum, reference);
        header.fieldPic = true;
        header.bottomField = bottom;
        return header;
    }

    static bitstream::H264SliceHeader idr()
    {
        bitstream::H264SliceHeader header = frame(0);
        header.idr = true;
        return header;
    }

    engine::H264FrameNumbers::Prediction next(const bitstream::H264SliceHeader &header)
    {
        const auto prediction = numbers_.predict(header, parameters_);
        numbers_.advance(header, parameters_, prediction);
        return prediction;
    }

    bitstream::H264Parameters parameters_;
    engine::H264FrameNumbers numbers_;
};

TEST_F(FrameNumbersTest, noGapInAStreamThatIsWhole)
{
    EXPECT_EQ(next(idr()).madeUp, 0U);
    EXPECT_EQ(next(frame(1)).madeUp, 0U);
    EXPECT_EQ(next(frame(2, false)).madeUp, 0U);
    EXPECT_EQ(next(frame(2, false)).madeUp, 0U);
    EXPECT_EQ(next(frame(2)).madeUp, 0U);
    for (uint32_t number = 3; number < 40; ++number) {
        EXPECT_EQ(next(frame(number % 16)).madeUp, 0U);
    }
}

TEST_F(FrameNumbersTest, lostFramesAreMadeUp)
{
    next(idr());
    EXPECT_EQ(next(frame(3)).madeUp, 2U);
    // No more than there can be references: 8 to 11.
    EXPECT_EQ(next(frame(12)).madeUp, 4U);
    EXPECT_EQ(next(frame(1)).madeUp, 4U);
}

TEST_F(FrameNumbersTest, startsWithoutAnIdr)
{
    EXPECT_EQ(next(frame(9)).madeUp, 4U);
    numbers_.reset();
    EXPECT_EQ(next(frame(0)).madeUp, 0U);
    numbers_.reset();
    EXPECT_EQ(next(frame(2)).madeUp, 2U);
}

TEST_F(FrameNumbersTest, aChangeOfSizeStartsOver)
{
    next(frame(0));
    next(frame(1));
    parameters_.sps.pic_width_in_mbs_minus1 = 20;
    EXPECT_EQ(next(frame(1)).madeUp, 1U);
}

TEST_F(FrameNumbersTest, resetOfMarkingResetsTheNumber)
{
    next(idr());
    bitstream::H264SliceHeader reset = frame(1);
    reset.mmcos.push_back({.operation = 5});
    EXPECT_EQ(next(reset).madeUp, 0U);
    EXPECT_EQ(next(frame(1)).madeUp, 0U);
}

TEST_F(FrameNumbersTest, fieldsPair)
{
    next(idr());
    EXPECT_FALSE(next(field(1, false)).secondField);
    EXPECT_TRUE(next(field(1, true)).secondField);
    EXPECT_FALSE(next(field(2, true)).secondField);
    EXPECT_TRUE(next(field(2, false)).secondField);
    // Same parity twice, then another number.
    EXPECT_FALSE(next(field(3, false)).secondField);
    EXPECT_FALSE(next(field(3, false)).secondField);
    EXPECT_FALSE(next(field(4, true)).secondField);
}

TEST_F(FrameNumbersTest, libavcodecRefusesAPairOfWhichOneIsAReference)
{
    next(idr());
    next(field(1, false));
    const auto prediction = next(field(1, true, false));
    EXPECT_FALSE(prediction.secondField);
    EXPECT_TRUE(prediction.refused);
    EXPECT_TRUE(next(field(1, true)).secondField);
}

} // namespace
} // namespace daedalus::engine
