// SPDX-License-Identifier: BSD-2-Clause
#include "engine/h264/frame_numbers.h"

namespace daedalus::engine {
namespace {

/// Frames that are made up to get from @p previous to @p frameNum.
unsigned framesBetween(int previous, int frameNum, int maxFrameNum, int maxReferences)
{
    if (frameNum == previous) {
        return 0;
    }
    // No more are made up than there can be references.
    int unwrapped = previous > frameNum ? previous - maxFrameNum : previous;
    if (frameNum - unwrapped > maxReferences) {
        unwrapped = frameNum - maxReferences - 1;
        previous = unwrapped < 0 ? unwrapped + maxFrameNum : unwrapped;
    }
    unsigned count = 0;
    while (frameNum != previous && frameNum != (previous + 1) % maxFrameNum) {
        previous = (previous + 1) % maxFrameNum;
        ++count;
    }
    return count;
}

} // namespace

H264FrameNumbers::Sequence H264FrameNumbers::sequenceOf(const bitstream::H264Parameters &parameters)
{
    return {parameters.codedWidth(), parameters.codedHeight(), parameters.sps.chroma_format_idc};
}

H264FrameNumbers::Prediction
H264FrameNumbers::predict(const bitstream::H264SliceHeader &header,
                          const bitstream::H264Parameters &parameters) const
{
    const bool startsOver = sequenceOf(parameters) != sequence_;
    if (!startsOver && firstField_) {
        // A field without its other is left alone, and then nothing is made up either.
        const bool pair =
            header.fieldPic && header.bottomField != bottomField_ && header.frameNum == frameNum_;
        const bool alike = (header.nalRefIdc != 0) == reference_;
        return {.madeUp = 0, .secondField = pair && alike, .refused = pair && !alike};
    }
    int previous = header.idr ? 0 : previous_;
    if (startsOver) {
        previous = -1;
    }
    const int maxFrameNum = 1 << (parameters.sps.log2_max_frame_num_minus4 + 4);
    return {.madeUp = framesBetween(previous, static_cast<int>(header.frameNum), maxFrameNum,
                                    parameters.sps.max_num_ref_frames),
            .secondField = false,
            .refused = false};
}

void H264FrameNumbers::advance(const bitstream::H264SliceHeader &header,
                               const bitstream::H264Parameters &parameters,
                               const Prediction &prediction)
{
    if (prediction.refused) {
        return;
    }
    sequence_ = sequenceOf(parameters);
    frameNum_ = header.nalRefIdc != 0 && header.hasMmco5() ? 0 : header.frameNum;
    previous_ = static_cast<int>(frameNum_);
    firstField_ = header.fieldPic && !prediction.secondField;
    bottomField_ = header.bottomField;
    reference_ = header.nalRefIdc != 0;
}

void H264FrameNumbers::advanceTo(uint32_t frameNum)
{
    frameNum_ = frameNum;
    previous_ = static_cast<int>(frameNum);
    firstField_ = false;
    reference_ = true;
}

} // namespace daedalus::engine
