// SPDX-License-Identifier: BSD-2-Clause
#include "tools/v4l2-decode/parser/h264_dpb.h"

#include <algorithm>

#include "tools/v4l2-decode/parser/output_order.h"

namespace daedalus::v4l2decode {

namespace {

constexpr uint8_t kTop = V4L2_H264_TOP_FIELD_REF;
constexpr uint8_t kBottom = V4L2_H264_BOTTOM_FIELD_REF;
constexpr uint8_t kFrame = V4L2_H264_FRAME_REF;

uint8_t ownParity(const bitstream::H264SliceHeader &slice)
{
    return slice.bottomField ? kBottom : kTop;
}

/// PicNum or LongTermPicNum of a field from its frame's number, (8-30) to (8-33).
int64_t fieldNumber(int64_t frameNumber, bool sameParity)
{
    return 2 * frameNumber + (sameParity ? 1 : 0);
}

void unmark(H264FrameStore &frame, uint8_t fields)
{
    frame.shortTerm &= static_cast<uint8_t>(~fields);
    frame.longTerm &= static_cast<uint8_t>(~fields);
}

} // namespace

int32_t H264FrameStore::picOrderCnt() const
{
    switch (fields) {
    case kTop:
        return order.top;
    case kBottom:
        return order.bottom;
    default:
        return std::min(order.top, order.bottom);
    }
}

void H264Dpb::configure(unsigned frames, unsigned maxRefFrames)
{
    capacity_ = frames;
    maxRefFrames_ = std::max(maxRefFrames, 1U);
}

template <typename Visitor>
void H264Dpb::forEach(Visitor &&visit)
{
    for (auto &frame : frames_) {
        visit(frame);
    }
    if (current_) {
        visit(*current_);
    }
}

void H264Dpb::updateFrameNumWrap(uint32_t frameNum, uint32_t maxFrameNum)
{
    forEach([&](H264FrameStore &frame) {
        frame.frameNumWrap = static_cast<int32_t>(frame.frameNum);
        if (frame.frameNum > frameNum) {
            frame.frameNumWrap -= static_cast<int32_t>(maxFrameNum);
        }
    });
}

void H264Dpb::fillEntries(const bitstream::H264Sps &sps, const bitstream::H264SliceHeader &slice,
                          v4l2_ctrl_h264_decode_params &params)
{
    updateFrameNumWrap(slice.frameNum, sps.maxFrameNum());
    size_t count = 0;
    forEach([&](const H264FrameStore &frame) {
        if (frame.referenced() == 0 || count == V4L2_H264_NUM_DPB_ENTRIES) {
            return;
        }
        auto &entry = params.dpb[count++];
        const bool longTerm = frame.longTerm != 0;
        const int64_t number = longTerm ? int64_t{frame.longTermFrameIdx} : frame.frameNumWrap;
        entry.reference_ts = frame.timestamp;
        entry.pic_num = static_cast<uint32_t>(
            slice.fieldPic ? fieldNumber(number, (frame.referenced() & ownParity(slice)) != 0)
                           : number);
        entry.frame_num = static_cast<uint16_t>(longTerm ? frame.longTermFrameIdx : frame.frameNum);
        entry.fields = frame.referenced();
        entry.top_field_order_cnt = frame.order.top;
        entry.bottom_field_order_cnt = frame.order.bottom;
        entry.flags = V4L2_H264_DPB_ENTRY_FLAG_VALID | V4L2_H264_DPB_ENTRY_FLAG_ACTIVE;
        entry.flags |= longTerm ? V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM : 0;
        entry.flags |= frame.codedAsFields ? V4L2_H264_DPB_ENTRY_FLAG_FIELD : 0;
    });
}

H264Dpb::Found H264Dpb::find(int64_t number, bool longTerm, const bitstream::H264SliceHeader &slice)
{
    Found found;
    forEach([&](H264FrameStore &frame) {
        const uint8_t marked = longTerm ? frame.longTerm : frame.shortTerm;
        const int64_t frameNumber = longTerm ? int64_t{frame.longTermFrameIdx} : frame.frameNumWrap;
        if (!slice.fieldPic) {
            if (marked == kFrame && frameNumber == number) {
                found = {&frame, kFrame};
            }
            return;
        }
        for (const uint8_t parity : {kTop, kBottom}) {
            if ((marked & parity) != 0 &&
                fieldNumber(frameNumber, parity == ownParity(slice)) == number) {
                found = {&frame, parity};
            }
        }
    });
    return found;
}

unsigned H264Dpb::referenceCount() const
{
    return static_cast<unsigned>(
        std::count_if(frames_.begin(), frames_.end(),
                      [](const H264FrameStore &frame) { return frame.referenced() != 0; }));
}

/// 8.2.5.3: the short-term frame with the smallest FrameNumWrap goes while there are
/// max_num_ref_frames. A current frame that is a reference already (first field) is
/// not in frames_ and does not count.
void H264Dpb::slideWindow()
{
    while (referenceCount() >= maxRefFrames_) {
        H264FrameStore *oldest = nullptr;
        for (auto &frame : frames_) {
            if (frame.shortTerm != 0 &&
                (oldest == nullptr || frame.frameNumWrap < oldest->frameNumWrap)) {
                oldest = &frame;
            }
        }
        if (oldest == nullptr) {
            // Only long-term pictures, which a conforming stream leaves room for.
            oldest = &*std::find_if(frames_.begin(), frames_.end(),
                                    [](const auto &frame) { return frame.referenced() != 0; });
        }
        unmark(*oldest, kFrame);
    }
}

void H264Dpb::limitLongTerm(uint32_t maxIndexPlus1)
{
    maxLongTermFrameIdxPlus1_ = maxIndexPlus1;
    forEach([&](H264FrameStore &frame) {
        if (frame.longTerm != 0 && frame.longTermFrameIdx >= maxIndexPlus1) {
            frame.longTerm = 0;
        }
    });
}

void H264Dpb::assignLongTerm(H264FrameStore &frame, uint8_t fields, uint32_t index)
{
    // An index belongs to one frame; the other field of the same frame may have it.
    forEach([&](H264FrameStore &other) {
        if (&other != &frame && other.longTerm != 0 && other.longTermFrameIdx == index) {
            other.longTerm = 0;
        }
    });
    if (frame.longTerm != 0 && frame.longTermFrameIdx != index) {
        frame.longTerm = 0;
    }
    frame.shortTerm &= static_cast<uint8_t>(~fields);
    frame.longTerm |= fields;
    frame.longTermFrameIdx = index;
}

void H264Dpb::applyMmco(const bitstream::H264Mmco &mmco, const bitstream::H264SliceHeader &slice,
                        uint8_t fields)
{
    const int64_t currPicNum =
        slice.fieldPic ? fieldNumber(slice.frameNum, true) : int64_t{slice.frameNum};
    const int64_t picNumX = currPicNum - (int64_t{mmco.differenceOfPicNumsMinus1} + 1);
    switch (mmco.operation) {
    case 1:
        if (const Found found = find(picNumX, false, slice); found.frame != nullptr) {
            found.frame->shortTerm &= static_cast<uint8_t>(~found.fields);
        }
        break;
    case 2:
        if (const Found found = find(mmco.longTermPicNum, true, slice); found.frame != nullptr) {
            found.frame->longTerm &= static_cast<uint8_t>(~found.fields);
        }
        break;
    case 3:
        if (const Found found = find(picNumX, false, slice); found.frame != nullptr) {
            assignLongTerm(*found.frame, found.fields, mmco.longTermFrameIdx);
        }
        break;
    case 4:
        limitLongTerm(mmco.maxLongTermFrameIdxPlus1);
        break;
    case 5:
        forEach([](H264FrameStore &frame) { unmark(frame, kFrame); });
        maxLongTermFrameIdxPlus1_ = 0;
        break;
    case 6:
        assignLongTerm(*current_, fields, mmco.longTermFrameIdx);
        break;
    default:
        break;
    }
}

void H264Dpb::mark(const bitstream::H264Sps &sps, const bitstream::H264SliceHeader &slice,
                   uint8_t fields)
{
    H264FrameStore &frame = *current_;
    if (slice.nalRefIdc == 0) {
        return;
    }
    if (slice.idr) {
        // Everything else was dropped when the picture began.
        maxLongTermFrameIdxPlus1_ = slice.longTermReference ? 1 : 0;
        frame.longTermFrameIdx = 0;
        (slice.longTermReference ? frame.longTerm : frame.shortTerm) |= fields;
        return;
    }
    updateFrameNumWrap(slice.frameNum, sps.maxFrameNum());
    const bool secondOfReference = slice.fieldPic && frame.shortTerm != 0;
    if (slice.adaptiveMarking) {
        for (const bitstream::H264Mmco &mmco : slice.mmcos) {
            applyMmco(mmco, slice, fields);
        }
    } else if (!secondOfReference) {
        slideWindow();
    }
    if ((frame.longTerm & fields) == 0) {
        frame.shortTerm |= fields;
    }
    if (referenceCount() >= capacity_) {
        // Adaptive marking may leave too many references in a damaged stream.
        slideWindow();
    }
}

void H264Dpb::addNonExisting(const bitstream::H264Sps &sps, uint32_t frameNum,
                             std::vector<StreamEvent> &events)
{
    H264FrameStore frame;
    frame.frameNum = frameNum;
    frame.fields = kFrame;
    frame.nonExisting = true;
    updateFrameNumWrap(frameNum, sps.maxFrameNum());
    slideWindow();
    frame.shortTerm = kFrame;
    makeRoom(events);
    frames_.push_back(frame);
}

bool H264Dpb::outputsFirst(const H264FrameStore &frame) const
{
    return std::none_of(frames_.begin(), frames_.end(), [&](const H264FrameStore &other) {
        return other.neededForOutput && other.picOrderCnt() < frame.picOrderCnt();
    });
}

void H264Dpb::storeCurrent(std::vector<StreamEvent> &events)
{
    if (!current_) {
        return;
    }
    releaseUnused(frames_, events);
    const H264FrameStore frame = *current_;
    current_.reset();
    while (frames_.size() >= capacity_) {
        // C.4.5.2: a picture that is no reference and next in order needs no room. It may
        // become the next one when others that made no room were shown.
        if (frame.referenced() == 0 && outputsFirst(frame)) {
            events.emplace_back(ShowPicture{frame.timestamp, frame.visible});
            events.emplace_back(ReleasePicture{frame.timestamp});
            return;
        }
        showOrDropOne(events);
    }
    frames_.push_back(frame);
}

void H264Dpb::makeRoom(std::vector<StreamEvent> &events)
{
    releaseUnused(frames_, events);
    while (frames_.size() >= capacity_) {
        showOrDropOne(events);
    }
}

void H264Dpb::showOrDropOne(std::vector<StreamEvent> &events)
{
    if (bump(frames_, events)) {
        return;
    }
    // Full of references only: more than the stream may have.
    const auto oldest =
        std::min_element(frames_.begin(), frames_.end(), [](const auto &a, const auto &b) {
            return a.frameNumWrap < b.frameNumWrap;
        });
    unmark(*oldest, kFrame);
    releaseUnused(frames_, events);
}

void H264Dpb::flush(std::vector<StreamEvent> &events)
{
    for (auto &frame : frames_) {
        unmark(frame, kFrame);
    }
    flushOutput(frames_, events);
}

} // namespace daedalus::v4l2decode
