// SPDX-License-Identifier: BSD-2-Clause
#include "tools/v4l2-decode/parser/av1_parser.h"

#include <bit>
#include <cerrno>
#include <utility>

namespace daedalus::v4l2decode {

namespace {

/// Eight reference slots, the picture being decoded, and one that is held back.
constexpr unsigned kPictures = 10;

uint8_t chromaFormat(const bitstream::Av1SequenceHeader &sequence)
{
    if (sequence.planes() == 1) {
        return 0;
    }
    if (!sequence.has(V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X)) {
        return 3;
    }
    return sequence.has(V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y) ? 1 : 2;
}

} // namespace

void Av1StreamParser::push(std::span<const uint8_t> data, std::vector<StreamEvent> &events)
{
    showHeldBack(events);
    while (!data.empty()) {
        const auto obu = bitstream::nextAv1Obu(data);
        if (!obu) {
            events.emplace_back(StreamError{"AV1: a damaged OBU"});
            return;
        }
        if (auto handled = handle(*obu, events); !handled) {
            events.emplace_back(StreamError{handled.error().what()});
            frame_.reset();
        }
        data = data.subspan(obu->size);
    }
}

uint16_t Av1StreamParser::operatingPoint() const
{
    return headers_.sequence() ? headers_.sequence()->operatingPoints[0].idc : uint16_t{0};
}

Result<void> Av1StreamParser::handle(const bitstream::Av1Obu &obu, std::vector<StreamEvent> &events)
{
    if (!obu.inOperatingPoint(operatingPoint())) {
        return {};
    }
    switch (obu.type) {
    case bitstream::Av1ObuType::TemporalDelimiter:
        showHeldBack(events);
        frame_.reset();
        return {};
    case bitstream::Av1ObuType::SequenceHeader:
        return setSequence(obu);
    case bitstream::Av1ObuType::FrameHeader:
    case bitstream::Av1ObuType::RedundantFrameHeader:
        // A frame's header may be repeated between its tile groups.
        return frame_ ? Result<void>() : startFrame(obu, events);
    case bitstream::Av1ObuType::Frame:
        frame_.reset();
        if (auto started = startFrame(obu, events); !started) {
            return started;
        }
        if (!frame_) {
            return fail(EBADMSG, "AV1: a frame OBU without a frame");
        }
        return appendTiles(obu.payload.subspan((frame_->header->bitCount + 7) / 8), events);
    case bitstream::Av1ObuType::TileGroup:
        // Where the frame's header was refused, its tiles are nothing.
        return frame_ ? appendTiles(obu.payload, events) : Result<void>();
    case bitstream::Av1ObuType::TileList:
        return fail(ENOTSUP, "AV1: large scale tiles are not supported");
    default:
        return {};
    }
}

Result<void> Av1StreamParser::setSequence(const bitstream::Av1Obu &obu)
{
    const auto sequence = bitstream::Av1SequenceHeader::parse(obu.payload);
    if (!sequence) {
        return tl::unexpected(sequence.error());
    }
    headers_.setSequence(*sequence);
    return {};
}

Result<void> Av1StreamParser::startFrame(const bitstream::Av1Obu &obu,
                                         std::vector<StreamEvent> &events)
{
    const auto header = headers_.parse(obu.payload, obu.temporalId, obu.spatialId);
    if (!header) {
        return tl::unexpected(header.error());
    }
    if ((*header)->showExistingFrame) {
        showExisting(*header, obu.spatialId, events);
    } else {
        frame_.emplace(Frame{*header, bitstream::Av1TileGroups(**header), obu.spatialId});
    }
    return {};
}

Result<void> Av1StreamParser::appendTiles(std::span<const uint8_t> payload,
                                          std::vector<StreamEvent> &events)
{
    if (auto appended = frame_->tiles.append(payload); !appended) {
        return appended;
    }
    if (frame_->tiles.complete()) {
        finishFrame(events);
        frame_.reset();
    }
    return {};
}

void Av1StreamParser::showExisting(const std::shared_ptr<const bitstream::Av1FrameHeader> &header,
                                   uint8_t spatialId, std::vector<StreamEvent> &events)
{
    const Picture picture = slots_[header->frameToShow];
    const bool isKeyFrame =
        headers_.slots()[header->frameToShow]->control.frame_type == V4L2_AV1_KEY_FRAME;
    show(picture, spatialId, events);
    headers_.refresh(header);
    if (isKeyFrame) {
        constexpr uint8_t kAll = 0xff;
        refresh(picture, kAll, events);
    }
}

void Av1StreamParser::finishFrame(std::vector<StreamEvent> &events)
{
    const bitstream::Av1FrameHeader &header = *frame_->header;
    announce(header, events);
    v4l2_ctrl_av1_frame control = header.control;
    for (unsigned i = 0; i < ReferenceSlots::kCount; ++i) {
        control.reference_frame_ts[i] = slots_[i].timestamp;
    }

    StatelessPicture picture;
    picture.controls.set(V4L2_CID_STATELESS_AV1_SEQUENCE, headers_.sequence()->control);
    picture.controls.set(V4L2_CID_STATELESS_AV1_FRAME, control);
    picture.controls.setBytes(V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY,
                              std::as_bytes(std::span(frame_->tiles.entries())));
    picture.controls.set(V4L2_CID_STATELESS_AV1_FILM_GRAIN, header.filmGrain);
    picture.bitstream = frame_->tiles.bytes();
    picture.timestamp = std::exchange(nextTimestamp_, nextTimestamp_ + 1000);
    picture.codedWidth = header.width();
    picture.codedHeight = header.height();
    picture.visible = sequence_.visible;
    picture.keyFrame = control.frame_type == V4L2_AV1_KEY_FRAME;
    picture.hidden = !header.has(V4L2_AV1_FRAME_FLAG_SHOW_FRAME);
    const Picture stored{picture.timestamp, picture.visible};
    events.emplace_back(std::move(picture));
    if (header.has(V4L2_AV1_FRAME_FLAG_SHOW_FRAME)) {
        show(stored, frame_->spatialId, events);
    }
    headers_.refresh(frame_->header);
    refresh(stored, control.refresh_frame_flags, events);
}

void Av1StreamParser::announce(const bitstream::Av1FrameHeader &header,
                               std::vector<StreamEvent> &events)
{
    const bitstream::Av1SequenceHeader &sequence = *headers_.sequence();
    SequenceStart start{
        .codec = V4L2_PIX_FMT_AV1_FRAME,
        .codedWidth = header.width(),
        .codedHeight = header.height(),
        // The render size is a hint for scaling; what is decoded is what is shown.
        .visible = {0, 0, header.width(), header.height()},
        .profile = sequence.control.seq_profile,
        .bitDepth = sequence.control.bit_depth,
        .chromaFormatIdc = chromaFormat(sequence),
        .progressive = true,
        .pictures = kPictures,
        .independent = header.isShownKeyFrame(),
    };
    if (!start.isSame(sequence_)) {
        if (start.independent) {
            // Nothing older can be referenced or shown any more, so that a client
            // may exchange its buffers here.
            releaseAll(events);
        }
        sequence_ = start;
        events.emplace_back(start);
    }
}

void Av1StreamParser::show(const Picture &picture, uint8_t spatialId,
                           std::vector<StreamEvent> &events)
{
    const auto layers = static_cast<unsigned>(operatingPoint()) >> 8;
    if (heldBack_ && releaseHeldBack_) {
        events.emplace_back(ReleasePicture{heldBack_->timestamp});
    }
    releaseHeldBack_ = false;
    heldBack_.reset();
    if (layers == 0 || spatialId + 1U >= static_cast<unsigned>(std::bit_width(layers))) {
        events.emplace_back(picture);
    } else {
        heldBack_ = picture;
    }
}

void Av1StreamParser::showHeldBack(std::vector<StreamEvent> &events)
{
    if (!heldBack_) {
        return;
    }
    events.emplace_back(*heldBack_);
    if (std::exchange(releaseHeldBack_, false)) {
        events.emplace_back(ReleasePicture{heldBack_->timestamp});
    }
    heldBack_.reset();
}

void Av1StreamParser::release(uint64_t timestamp, std::vector<StreamEvent> &events)
{
    if (heldBack_ && heldBack_->timestamp == timestamp) {
        releaseHeldBack_ = true;
    } else {
        events.emplace_back(ReleasePicture{timestamp});
    }
}

void Av1StreamParser::refresh(const Picture &picture, uint8_t slots,
                              std::vector<StreamEvent> &events)
{
    for (const uint64_t timestamp : slots_.refresh(picture, slots)) {
        release(timestamp, events);
    }
}

void Av1StreamParser::releaseAll(std::vector<StreamEvent> &events)
{
    for (const uint64_t timestamp : slots_.clear()) {
        release(timestamp, events);
    }
}

void Av1StreamParser::flush(std::vector<StreamEvent> &events)
{
    showHeldBack(events);
    releaseAll(events);
    headers_.reset();
    frame_.reset();
    sequence_ = {};
}

} // namespace daedalus::v4l2decode
