// SPDX-License-Identifier: BSD-2-Clause
#include "tools/v4l2-decode/parser/mpeg2_parser.h"

#include <utility>

#include <linux/videodev2.h>

namespace daedalus::v4l2decode {

namespace {

/// Two references, one that waits to be shown, and the picture being decoded.
constexpr unsigned kPictures = 4;
constexpr size_t kStartCodeSize = 4;
constexpr uint8_t kChroma420 = 1;

bool isFrame(const v4l2_ctrl_mpeg2_picture &control)
{
    return control.picture_structure == V4L2_MPEG2_PIC_FRAME;
}

bool isBidirectional(const v4l2_ctrl_mpeg2_picture &control)
{
    return control.picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_B;
}

} // namespace

void Mpeg2StreamParser::push(std::span<const uint8_t> data, std::vector<StreamEvent> &events)
{
    size_t position = 0;
    while (const auto unit = bitstream::nextMpeg2Unit(data, position)) {
        handle(unit->code, data.subspan(unit->offset, unit->size), events);
        position = unit->offset + unit->size;
    }
}

void Mpeg2StreamParser::handle(uint8_t code, std::span<const uint8_t> unit,
                               std::vector<StreamEvent> &events)
{
    const auto payload = unit.subspan(kStartCodeSize);
    if (bitstream::isMpeg2SliceCode(code)) {
        handleSlice(unit, events);
        return;
    }
    switch (static_cast<bitstream::Mpeg2StartCode>(code)) {
    case bitstream::Mpeg2StartCode::SequenceHeader:
        finishFrame(events);
        if (!bitstream::parseMpeg2SequenceHeader(payload, sequence_, matrices_)) {
            events.emplace_back(StreamError{"MPEG-2: a damaged sequence header"});
        }
        sequenceValid_ = false;
        break;
    case bitstream::Mpeg2StartCode::Extension:
        handleExtension(payload, events);
        break;
    case bitstream::Mpeg2StartCode::Group: {
        finishFrame(events);
        // time_code has 25 bits, then there is closed_gop.
        closedGroup_ = payload.size() >= 4 && (payload[3] >> 6 & 1) != 0;
        break;
    }
    case bitstream::Mpeg2StartCode::Picture:
        startPicture(payload, events);
        break;
    default:
        break;
    }
}

void Mpeg2StreamParser::handleExtension(std::span<const uint8_t> payload,
                                        std::vector<StreamEvent> &events)
{
    if (payload.empty()) {
        return;
    }
    bool good = true;
    switch (static_cast<bitstream::Mpeg2Extension>(payload[0] >> 4)) {
    case bitstream::Mpeg2Extension::Sequence:
        good = !sequenceValid_ && bitstream::parseMpeg2SequenceExtension(payload, sequence_);
        sequenceValid_ = sequenceValid_ || good;
        break;
    case bitstream::Mpeg2Extension::QuantMatrix:
        good = bitstream::parseMpeg2QuantMatrixExtension(payload, matrices_);
        break;
    case bitstream::Mpeg2Extension::PictureCoding:
        if (current_ && current_->slices.empty()) {
            good = bitstream::parseMpeg2PictureCodingExtension(payload, current_->control);
            current_->extended = good;
        }
        break;
    }
    if (!good) {
        events.emplace_back(StreamError{"MPEG-2: a damaged extension"});
    }
}

void Mpeg2StreamParser::handleSlice(std::span<const uint8_t> unit, std::vector<StreamEvent> &events)
{
    if (!current_) {
        return;
    }
    if (!current_->extended || !sequenceValid_) {
        events.emplace_back(StreamError{"MPEG-2: a picture without its headers, or MPEG-1"});
        current_.reset();
        return;
    }
    current_->slices.insert(current_->slices.end(), unit.begin(), unit.end());
}

void Mpeg2StreamParser::startPicture(std::span<const uint8_t> payload,
                                     std::vector<StreamEvent> &events)
{
    finishPicture(events);
    current_.emplace();
    if (!bitstream::parseMpeg2PictureHeader(payload, current_->control)) {
        events.emplace_back(StreamError{"MPEG-2: a damaged picture header"});
        current_.reset();
    }
}

bool Mpeg2StreamParser::isSecondField(const v4l2_ctrl_mpeg2_picture &control) const
{
    return firstField_ && !isFrame(control) &&
           firstField_->structure + control.picture_structure == V4L2_MPEG2_PIC_FRAME &&
           firstField_->bidirectional == isBidirectional(control);
}

bool Mpeg2StreamParser::hasReferences(const v4l2_ctrl_mpeg2_picture &control) const
{
    return !isBidirectional(control) || forward_ != 0 || (closedGroup_ && backward_ != 0);
}

StatelessPicture Mpeg2StreamParser::makePicture(Current &current, uint64_t timestamp) const
{
    auto &control = current.control;
    if (control.picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_P) {
        // At the start, a second field has but the first one to refer to.
        control.forward_ref_ts = backward_ != 0 ? backward_ : timestamp;
    } else if (isBidirectional(control)) {
        control.forward_ref_ts = forward_;
        control.backward_ref_ts = backward_;
    }
    StatelessPicture picture;
    picture.controls.set(V4L2_CID_STATELESS_MPEG2_SEQUENCE, sequence_.control);
    picture.controls.set(V4L2_CID_STATELESS_MPEG2_PICTURE, control);
    picture.controls.set(V4L2_CID_STATELESS_MPEG2_QUANTISATION, matrices_);
    picture.bitstream = std::move(current.slices);
    picture.timestamp = timestamp;
    picture.codedWidth = sequence_.control.horizontal_size;
    picture.codedHeight = sequence_.control.vertical_size;
    picture.visible = announced_->visible;
    picture.keyFrame = control.picture_coding_type == V4L2_MPEG2_PIC_CODING_TYPE_I;
    return picture;
}

/// The slices of the current picture are complete.
void Mpeg2StreamParser::finishPicture(std::vector<StreamEvent> &events)
{
    auto current = std::exchange(current_, std::nullopt);
    if (!current || current->slices.empty()) {
        return;
    }
    auto &control = current->control;
    // A progressive frame has no fields, whatever it says.
    if ((sequence_.control.flags & V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE) != 0) {
        control.flags |= V4L2_MPEG2_PIC_FLAG_PROGRESSIVE;
    }
    if ((control.flags & V4L2_MPEG2_PIC_FLAG_PROGRESSIVE) != 0) {
        control.picture_structure = V4L2_MPEG2_PIC_FRAME;
    }
    const bool bidirectional = isBidirectional(control);
    if (isSecondField(control)) {
        FirstField first = std::move(*firstField_);
        firstField_.reset();
        first.picture.firstField = true;
        const uint64_t timestamp = first.picture.timestamp;
        StatelessPicture second = makePicture(*current, timestamp);
        second.secondField = true;
        emitPicture(std::move(first.picture), bidirectional, false, events);
        emitPicture(std::move(second), bidirectional, true, events);
        return;
    }
    finishFrame(events);
    if (sequence_.control.chroma_format != kChroma420 || sequence_.control.horizontal_size == 0 ||
        sequence_.control.vertical_size == 0) {
        events.emplace_back(StreamError{"MPEG-2: not 4:2:0, or without a size"});
        return;
    }
    if (!hasReferences(control)) {
        return;
    }
    announce(events);
    const uint64_t timestamp = std::exchange(nextTimestamp_, nextTimestamp_ + 1000);
    StatelessPicture picture = makePicture(*current, timestamp);
    if (isFrame(control)) {
        emitPicture(std::move(picture), bidirectional, true, events);
    } else {
        firstField_ = FirstField{std::move(picture), control.picture_structure, bidirectional};
    }
}

/// Nothing will be added to the frame so far.
void Mpeg2StreamParser::finishFrame(std::vector<StreamEvent> &events)
{
    finishPicture(events);
    if (firstField_) {
        FirstField first = std::move(*firstField_);
        firstField_.reset();
        emitPicture(std::move(first.picture), first.bidirectional, true, events);
    }
}

void Mpeg2StreamParser::announce(std::vector<StreamEvent> &events)
{
    const auto &control = sequence_.control;
    const bool progressive = (control.flags & V4L2_MPEG2_SEQ_FLAG_PROGRESSIVE) != 0;
    if (announced_ && announced_->codedWidth == control.horizontal_size &&
        announced_->codedHeight == control.vertical_size &&
        announced_->progressive == progressive) {
        return;
    }
    endSequence(events);
    announced_ = {
        .codec = V4L2_PIX_FMT_MPEG2_SLICE,
        .codedWidth = control.horizontal_size,
        .codedHeight = control.vertical_size,
        .visible = {0, 0, control.horizontal_size, control.vertical_size},
        .profile = static_cast<uint8_t>(control.profile_and_level_indication >> 4 & 7),
        .bitDepth = 8,
        .chromaFormatIdc = kChroma420,
        .progressive = progressive,
        .pictures = kPictures,
        .independent = true,
    };
    events.emplace_back(*announced_);
}

void Mpeg2StreamParser::emitPicture(StatelessPicture picture, bool bidirectional, bool frameDone,
                                    std::vector<StreamEvent> &events)
{
    const uint64_t timestamp = picture.timestamp;
    events.emplace_back(std::move(picture));
    if (frameDone) {
        showReordered(bidirectional, timestamp, events);
    }
}

/// A reference is shown when the next one is there, all else at once (6.1.1.11).
void Mpeg2StreamParser::showReordered(bool bidirectional, uint64_t timestamp,
                                      std::vector<StreamEvent> &events)
{
    const bitstream::VisibleRect visible = announced_->visible;
    if (bidirectional) {
        events.emplace_back(ShowPicture{timestamp, visible});
        events.emplace_back(ReleasePicture{timestamp});
        return;
    }
    if (forward_ != 0) {
        events.emplace_back(ReleasePicture{forward_});
    }
    forward_ = std::exchange(backward_, timestamp);
    const uint64_t shown = sequence_.lowDelay ? timestamp : forward_;
    if (shown != 0) {
        events.emplace_back(ShowPicture{shown, visible});
    }
}

void Mpeg2StreamParser::endSequence(std::vector<StreamEvent> &events)
{
    if (backward_ != 0 && !sequence_.lowDelay) {
        events.emplace_back(ShowPicture{backward_, announced_->visible});
    }
    for (uint64_t *reference : {&forward_, &backward_}) {
        if (*reference != 0) {
            events.emplace_back(ReleasePicture{std::exchange(*reference, 0)});
        }
    }
}

void Mpeg2StreamParser::flush(std::vector<StreamEvent> &events)
{
    finishFrame(events);
    endSequence(events);
    const uint64_t next = nextTimestamp_;
    *this = Mpeg2StreamParser();
    nextTimestamp_ = next;
}

} // namespace daedalus::v4l2decode
