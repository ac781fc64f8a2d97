// SPDX-License-Identifier: BSD-2-Clause
#include "tools/v4l2-decode/parser/h264_parser.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include <linux/videodev2.h>

#include "bitstream/annexb.h"
#include "bitstream/h264/parameter_sets.h"
#include "bitstream/h264/slice_header.h"
#include "tools/v4l2-decode/parser/h264_dpb.h"
#include "tools/v4l2-decode/parser/h264_picture_order.h"

namespace daedalus::v4l2decode {

namespace {

enum NalType : uint8_t {
    kSlice = 1,
    kPartitionA = 2,
    kIdrSlice = 5,
    kSpsNal = 7,
    kPpsNal = 8,
    kDelimiter = 9,
    kEndOfSequence = 10,
    kEndOfStream = 11,
};

/// First slice of another primary coded picture (7.4.1.2.4).
bool startsPicture(const bitstream::H264SliceHeader &a, const bitstream::H264SliceHeader &b)
{
    return a.frameNum != b.frameNum || a.ppsId != b.ppsId || a.fieldPic != b.fieldPic ||
           a.bottomField != b.bottomField || (a.nalRefIdc == 0) != (b.nalRefIdc == 0) ||
           a.idr != b.idr || a.idrPicId != b.idrPicId || a.picOrderCntLsb != b.picOrderCntLsb ||
           a.deltaPicOrderCntBottom != b.deltaPicOrderCntBottom ||
           a.deltaPicOrderCnt != b.deltaPicOrderCnt;
}

uint8_t codedFields(const bitstream::H264SliceHeader &slice)
{
    if (!slice.fieldPic) {
        return V4L2_H264_FRAME_REF;
    }
    return slice.bottomField ? V4L2_H264_BOTTOM_FIELD_REF : V4L2_H264_TOP_FIELD_REF;
}

SequenceStart describe(const bitstream::H264Sps &sps)
{
    const auto &control = sps.control;
    return {
        .codec = V4L2_PIX_FMT_H264_SLICE,
        .codedWidth = sps.widthInMbs() * 16,
        .codedHeight = sps.heightInMbs() * 16,
        .visible = sps.visible,
        .profile = control.profile_idc,
        .bitDepth = static_cast<uint8_t>(
            8 + std::max(control.bit_depth_luma_minus8, control.bit_depth_chroma_minus8)),
        .chromaFormatIdc = control.chroma_format_idc,
        .progressive = sps.frameMbsOnly(),
        .pictures = sps.dpbFrames() + 1,
        .independent = true,
    };
}

/// The picture whose slices are being collected.
struct Pending {
    bitstream::H264SliceHeader slice; ///< the first one's header
    bitstream::H264Sps sps;
    StatelessPicture request;
    v4l2_ctrl_h264_decode_params params{};
    bool secondField = false;
};

} // namespace

class H264StreamParser::Impl {
public:
    void pushNal(std::span<const uint8_t> nal, std::vector<StreamEvent> &events);
    void flush(std::vector<StreamEvent> &events);

private:
    void pushSlice(std::span<const uint8_t> nal, std::vector<StreamEvent> &events);
    void appendSlice(std::span<const uint8_t> nal, const bitstream::H264SliceHeader &slice);
    void startPicture(bitstream::H264SliceHeader slice, const bitstream::H264Sps &sps,
                      const bitstream::H264Pps &pps, std::vector<StreamEvent> &events);
    void startFrame(const bitstream::H264SliceHeader &slice, const bitstream::H264Sps &sps,
                    std::vector<StreamEvent> &events);
    void activate(const bitstream::H264Sps &sps, bool idr, std::vector<StreamEvent> &events);
    void fillGap(const bitstream::H264SliceHeader &slice, const bitstream::H264Sps &sps,
                 std::vector<StreamEvent> &events);
    void buildRequest(const bitstream::H264Pps &pps);
    void finishPicture(std::vector<StreamEvent> &events);
    void finishMmco5(std::vector<StreamEvent> &events);
    void emitHeld(bool paired, std::vector<StreamEvent> &events);
    [[nodiscard]] bool isSecondField(const bitstream::H264SliceHeader &slice);

    bitstream::H264ParameterSets parameterSets_;
    H264PictureOrder order_;
    H264Dpb dpb_;
    SequenceStart sequence_;
    std::optional<Pending> pending_;
    /// A first field, until it is known whether its second field follows.
    std::optional<StatelessPicture> held_;
    bool flushBehindHeld_ = false; ///< the held field had operation 5
    bool boundary_ = false;        ///< the next slice begins a picture in any case
    uint32_t prevRefFrameNum_ = 0;
    uint64_t nextTimestamp_ = 1000;
};

void H264StreamParser::Impl::pushNal(std::span<const uint8_t> nal, std::vector<StreamEvent> &events)
{
    Result<void> result;
    switch (nal[0] & 31) {
    case kSlice:
    case kIdrSlice:
        pushSlice(nal, events);
        break;
    case kPartitionA:
        result = fail(ENOTSUP, "H.264: data partitioning (Extended profile) is not supported");
        break;
    case kSpsNal:
        result = parameterSets_.addSps(nal);
        break;
    case kPpsNal:
        result = parameterSets_.addPps(nal);
        break;
    case kDelimiter:
    case kEndOfSequence:
    case kEndOfStream:
        boundary_ = true;
        break;
    default:
        break;
    }
    if (!result) {
        events.emplace_back(StreamError{result.error().what()});
    }
}

void H264StreamParser::Impl::pushSlice(std::span<const uint8_t> nal,
                                       std::vector<StreamEvent> &events)
{
    const auto start = bitstream::parseH264SliceStart(nal);
    if (!start) {
        events.emplace_back(StreamError{start.error().what()});
        return;
    }
    const bitstream::H264Pps *pps = parameterSets_.pps(start->ppsId);
    const bitstream::H264Sps *sps =
        pps != nullptr ? parameterSets_.sps(pps->control.seq_parameter_set_id) : nullptr;
    if (sps == nullptr) {
        events.emplace_back(StreamError{"H.264: a slice refers to parameter sets that are not "
                                        "there"});
        return;
    }
    auto slice = bitstream::parseH264SliceHeader(nal, *sps, *pps);
    if (!slice) {
        events.emplace_back(StreamError{slice.error().what()});
        return;
    }
    if (slice->redundantPicCnt > 0) {
        return;
    }
    if (!pending_ || boundary_ || startsPicture(pending_->slice, *slice)) {
        finishPicture(events);
        startPicture(*slice, *sps, *pps, events);
        boundary_ = false;
    }
    appendSlice(nal, *slice);
}

void H264StreamParser::Impl::appendSlice(std::span<const uint8_t> nal,
                                         const bitstream::H264SliceHeader &slice)
{
    bitstream::appendWithStartCode(pending_->request.bitstream, nal);

    auto &flags = pending_->params.flags;
    if (slice.sliceType == V4L2_H264_SLICE_TYPE_B) {
        flags &= ~static_cast<uint32_t>(V4L2_H264_DECODE_PARAM_FLAG_PFRAME);
        flags |= V4L2_H264_DECODE_PARAM_FLAG_BFRAME;
    } else if ((slice.sliceType == V4L2_H264_SLICE_TYPE_P ||
                slice.sliceType == V4L2_H264_SLICE_TYPE_SP) &&
               (flags & V4L2_H264_DECODE_PARAM_FLAG_BFRAME) == 0) {
        flags |= V4L2_H264_DECODE_PARAM_FLAG_PFRAME;
    }
}

/// Complementary field pairs (3.30, 3.31). A non-reference field also completes a
/// reference field's frame.
bool H264StreamParser::Impl::isSecondField(const bitstream::H264SliceHeader &slice)
{
    const H264FrameStore *current = dpb_.current();
    return current != nullptr && held_ && slice.fieldPic &&
           current->fields + codedFields(slice) == V4L2_H264_FRAME_REF &&
           current->fields != codedFields(slice) && current->frameNum == slice.frameNum &&
           (current->idr || !slice.idr) && (current->reference || slice.nalRefIdc == 0);
}

void H264StreamParser::Impl::startPicture(bitstream::H264SliceHeader slice,
                                          const bitstream::H264Sps &sps,
                                          const bitstream::H264Pps &pps,
                                          std::vector<StreamEvent> &events)
{
    const bool second = isSecondField(slice);
    emitHeld(second, events);
    if (!second) {
        dpb_.storeCurrent(events);
        startFrame(slice, sps, events);
    } else if (slice.idr) {
        // Both fields may be coded as IDR; the second one still refers to the first.
        slice.idr = false;
    }
    const H264FieldOrder order = order_.next(sps, slice);
    H264FrameStore &frame = *dpb_.current();
    const uint8_t fields = codedFields(slice);
    if ((fields & V4L2_H264_TOP_FIELD_REF) != 0) {
        frame.order.top = order.top;
    }
    if ((fields & V4L2_H264_BOTTOM_FIELD_REF) != 0) {
        frame.order.bottom = order.bottom;
    }
    pending_.emplace();
    pending_->slice = std::move(slice);
    pending_->sps = sps;
    pending_->secondField = second;
    pending_->params = bitstream::h264DecodeParams(pending_->slice);
    dpb_.fillEntries(sps, pending_->slice, pending_->params);
    frame.fields |= fields;
    buildRequest(pps);
}

void H264StreamParser::Impl::startFrame(const bitstream::H264SliceHeader &slice,
                                        const bitstream::H264Sps &sps,
                                        std::vector<StreamEvent> &events)
{
    activate(sps, slice.idr, events);
    fillGap(slice, sps, events);
    H264FrameStore frame;
    frame.timestamp = std::exchange(nextTimestamp_, nextTimestamp_ + 1000);
    frame.visible = sps.visible;
    frame.frameNum = slice.frameNum;
    frame.codedAsFields = slice.fieldPic;
    frame.neededForOutput = true;
    frame.reference = slice.nalRefIdc != 0;
    frame.idr = slice.idr;
    dpb_.begin(frame);
}

void H264StreamParser::Impl::activate(const bitstream::H264Sps &sps, bool idr,
                                      std::vector<StreamEvent> &events)
{
    const SequenceStart sequence = describe(sps);
    const bool changed = sequence != sequence_;
    if (!idr && !changed) {
        return;
    }
    // All that was decoded is shown, whatever no_output_of_prior_pics_flag says: it
    // is for decoders that run out of memory.
    dpb_.flush(events);
    dpb_.configure(sps.dpbFrames(), sps.control.max_num_ref_frames);
    if (changed) {
        sequence_ = sequence;
        events.emplace_back(sequence);
        // A stream may begin at a recovery point: nothing is missing then.
        prevRefFrameNum_ = UINT32_MAX;
    }
}

/// 8.2.5.2. Frames that a gap's own frames would push out again are not made.
void H264StreamParser::Impl::fillGap(const bitstream::H264SliceHeader &slice,
                                     const bitstream::H264Sps &sps,
                                     std::vector<StreamEvent> &events)
{
    const uint32_t mask = sps.maxFrameNum() - 1;
    if (slice.idr || prevRefFrameNum_ == UINT32_MAX || slice.frameNum == prevRefFrameNum_) {
        return;
    }
    const uint32_t missing = (slice.frameNum - prevRefFrameNum_ - 1) & mask;
    const uint32_t made = std::min<uint32_t>(missing, sps.control.max_num_ref_frames);
    for (uint32_t i = made; i > 0; --i) {
        const uint32_t frameNum = (slice.frameNum - i) & mask;
        order_.inferredFrame(sps, frameNum);
        dpb_.addNonExisting(sps, frameNum, events);
        prevRefFrameNum_ = frameNum;
    }
}

void H264StreamParser::Impl::buildRequest(const bitstream::H264Pps &pps)
{
    const bitstream::H264SliceHeader &slice = pending_->slice;
    const H264FrameStore &frame = *dpb_.current();
    auto &params = pending_->params;
    params.top_field_order_cnt = frame.order.top;
    params.bottom_field_order_cnt = frame.order.bottom;

    v4l2_ctrl_h264_pps ppsControl = pps.control;
    if (pending_->sps.scaling.present || pps.scaling.present) {
        // V4L2 means "a matrix applies", wherever it was transmitted.
        ppsControl.flags |= V4L2_H264_PPS_FLAG_SCALING_MATRIX_PRESENT;
    }
    StatelessPicture &request = pending_->request;
    request.controls.set(V4L2_CID_STATELESS_H264_SPS, pending_->sps.control);
    request.controls.set(V4L2_CID_STATELESS_H264_PPS, ppsControl);
    request.controls.set(V4L2_CID_STATELESS_H264_SCALING_MATRIX,
                         bitstream::h264ScalingMatrix(pending_->sps.scaling, pps.scaling));
    request.timestamp = frame.timestamp;
    request.codedWidth = sequence_.codedWidth;
    request.codedHeight = sequence_.codedHeight;
    request.visible = sequence_.visible;
    request.keyFrame = slice.idr;
    request.secondField = pending_->secondField;
    request.picOrderCnt = frame.picOrderCnt();
}

void H264StreamParser::Impl::finishPicture(std::vector<StreamEvent> &events)
{
    if (!pending_) {
        return;
    }
    const bitstream::H264SliceHeader &slice = pending_->slice;
    StatelessPicture &request = pending_->request;
    request.controls.set(V4L2_CID_STATELESS_H264_DECODE_PARAMS, pending_->params);
    const bool firstField = slice.fieldPic && !pending_->secondField;
    if (firstField) {
        held_ = std::move(request);
    } else {
        events.emplace_back(std::move(request));
    }
    dpb_.mark(pending_->sps, slice, codedFields(slice));
    if (slice.nalRefIdc != 0) {
        prevRefFrameNum_ = slice.frameNum;
    }
    if (slice.hasMmco5()) {
        finishMmco5(events);
    }
    if (!firstField) {
        dpb_.storeCurrent(events);
    }
    pending_.reset();
}

/// The picture counts as if it began a sequence, from its end on (7.4.3, 8.2.1).
void H264StreamParser::Impl::finishMmco5(std::vector<StreamEvent> &events)
{
    H264FrameStore &frame = *dpb_.current();
    const int64_t base = frame.picOrderCnt();
    frame.order.top = static_cast<int32_t>(frame.order.top - base);
    frame.order.bottom = static_cast<int32_t>(frame.order.bottom - base);
    frame.frameNum = 0;
    prevRefFrameNum_ = 0;
    order_.reset(frame.order, pending_->slice.bottomField);
    if (held_) {
        flushBehindHeld_ = true;
    } else {
        dpb_.flush(events);
    }
}

void H264StreamParser::Impl::emitHeld(bool paired, std::vector<StreamEvent> &events)
{
    if (!held_) {
        return;
    }
    held_->firstField = paired;
    events.emplace_back(std::move(*held_));
    held_.reset();
    if (std::exchange(flushBehindHeld_, false)) {
        dpb_.flush(events);
    }
}

void H264StreamParser::Impl::flush(std::vector<StreamEvent> &events)
{
    finishPicture(events);
    emitHeld(false, events);
    dpb_.storeCurrent(events);
    dpb_.flush(events);
    sequence_ = {};
    boundary_ = false;
    parameterSets_ = {};
    order_ = {};
}

H264StreamParser::H264StreamParser() : impl_(std::make_unique<Impl>()) {}
H264StreamParser::~H264StreamParser() = default;
H264StreamParser::H264StreamParser(H264StreamParser &&) noexcept = default;
H264StreamParser &H264StreamParser::operator=(H264StreamParser &&) noexcept = default;

void H264StreamParser::push(std::span<const uint8_t> data, std::vector<StreamEvent> &events)
{
    for (auto nal = bitstream::nextNalUnit(data, 0); nal;
         nal = bitstream::nextNalUnit(data, nal->offset + nal->size)) {
        impl_->pushNal(data.subspan(nal->offset, nal->size), events);
    }
}

void H264StreamParser::flush(std::vector<StreamEvent> &events)
{
    impl_->flush(events);
}

} // namespace daedalus::v4l2decode
