// SPDX-License-Identifier: BSD-2-Clause
#include "tools/v4l2-decode/parser/vp9_parser.h"

#include <utility>

#include <linux/videodev2.h>

namespace daedalus::v4l2decode {

namespace {

/// Eight reference slots and the picture being decoded.
constexpr unsigned kPictures = 9;
/// VP9 4:4:0, which H.264's chroma_format_idc has no number for.
constexpr uint8_t kChroma440 = 255;

uint8_t chromaFormat(const bitstream::Vp9FrameHeader &header)
{
    if (header.subsamplingX) {
        return header.subsamplingY ? 1 : 2;
    }
    return header.subsamplingY ? kChroma440 : 3;
}

} // namespace

void Vp9StreamParser::push(std::span<const uint8_t> data, std::vector<StreamEvent> &events)
{
    for (const auto frame : bitstream::splitVp9Superframe(data)) {
        pushFrame(frame, events);
    }
}

void Vp9StreamParser::pushFrame(std::span<const uint8_t> frame, std::vector<StreamEvent> &events)
{
    auto header = headers_.parse(frame);
    if (!header) {
        events.emplace_back(StreamError{header.error().what()});
        return;
    }
    if (header->showExistingFrame) {
        const Picture &picture = slots_[header->frameToShow];
        events.emplace_back(picture);
        return;
    }
    announce(*header, events);
    setReferences(*header);

    StatelessPicture picture;
    picture.controls.set(V4L2_CID_STATELESS_VP9_FRAME, header->control);
    picture.controls.set(V4L2_CID_STATELESS_VP9_COMPRESSED_HDR, header->compressed);
    picture.bitstream.assign(frame.begin(), frame.end());
    picture.timestamp = std::exchange(nextTimestamp_, nextTimestamp_ + 1000);
    picture.codedWidth = header->width;
    picture.codedHeight = header->height;
    picture.visible = sequence_.visible;
    picture.keyFrame = header->keyFrame;
    picture.hidden = !header->showFrame;
    const Picture stored{picture.timestamp, picture.visible};
    events.emplace_back(std::move(picture));
    if (header->showFrame) {
        events.emplace_back(stored);
    }
    refresh(stored, header->refreshFrameFlags, events);
}

void Vp9StreamParser::announce(const bitstream::Vp9FrameHeader &header,
                               std::vector<StreamEvent> &events)
{
    SequenceStart sequence{
        .codec = V4L2_PIX_FMT_VP9_FRAME,
        .codedWidth = header.width,
        .codedHeight = header.height,
        // The render size is a hint for scaling; what is decoded is what is shown.
        .visible = {0, 0, header.width, header.height},
        .profile = header.profile,
        .bitDepth = header.bitDepth,
        .chromaFormatIdc = chromaFormat(header),
        .progressive = true,
        .pictures = kPictures,
        .independent = header.keyFrame,
    };
    if (!sequence.isSame(sequence_)) {
        if (sequence.independent) {
            // Nothing older can be referenced or shown any more, so that a client
            // may exchange its buffers here.
            releaseAll(events);
        }
        sequence_ = sequence;
        events.emplace_back(sequence);
    }
}

void Vp9StreamParser::setReferences(bitstream::Vp9FrameHeader &header) const
{
    if (header.keyFrame || header.intraOnly) {
        return;
    }
    header.control.last_frame_ts = slots_[header.refFrameIdx[0]].timestamp;
    header.control.golden_frame_ts = slots_[header.refFrameIdx[1]].timestamp;
    header.control.alt_frame_ts = slots_[header.refFrameIdx[2]].timestamp;
}

void Vp9StreamParser::refresh(const Picture &picture, uint8_t slots,
                              std::vector<StreamEvent> &events)
{
    for (const uint64_t timestamp : slots_.refresh(picture, slots)) {
        events.emplace_back(ReleasePicture{timestamp});
    }
}

void Vp9StreamParser::releaseAll(std::vector<StreamEvent> &events)
{
    for (const uint64_t timestamp : slots_.clear()) {
        events.emplace_back(ReleasePicture{timestamp});
    }
}

void Vp9StreamParser::flush(std::vector<StreamEvent> &events)
{
    releaseAll(events);
    headers_.reset();
    sequence_ = {};
}

} // namespace daedalus::v4l2decode
