// SPDX-License-Identifier: BSD-2-Clause
#include "tools/v4l2-decode/parser/vp9_parser.h"

#include <algorithm>
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

bool sameFormat(const SequenceStart &a, const SequenceStart &b)
{
    return a.codec == b.codec && a.codedWidth == b.codedWidth && a.codedHeight == b.codedHeight &&
           a.profile == b.profile && a.bitDepth == b.bitDepth &&
           a.chromaFormatIdc == b.chromaFormatIdc;
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
        events.emplace_back(ShowPicture{picture.timestamp, picture.visible});
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
        events.emplace_back(ShowPicture{stored.timestamp, stored.visible});
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
    if (!sameFormat(sequence, sequence_)) {
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

bool Vp9StreamParser::referenced(uint64_t timestamp) const
{
    return std::any_of(slots_.begin(), slots_.end(),
                       [timestamp](const Picture &slot) { return slot.timestamp == timestamp; });
}

void Vp9StreamParser::refresh(const Picture &picture, uint8_t slots,
                              std::vector<StreamEvent> &events)
{
    const auto before = slots_;
    for (unsigned i = 0; i < slots_.size(); ++i) {
        if ((slots >> i & 1) != 0) {
            slots_[i] = picture;
        }
    }
    std::vector<uint64_t> released;
    for (const Picture &old : before) {
        if (old.timestamp != 0 && !referenced(old.timestamp) &&
            std::find(released.begin(), released.end(), old.timestamp) == released.end()) {
            released.push_back(old.timestamp);
        }
    }
    if (!referenced(picture.timestamp)) {
        released.push_back(picture.timestamp);
    }
    for (const uint64_t timestamp : released) {
        events.emplace_back(ReleasePicture{timestamp});
    }
}

void Vp9StreamParser::releaseAll(std::vector<StreamEvent> &events)
{
    const auto before = std::exchange(slots_, {});
    for (unsigned i = 0; i < before.size(); ++i) {
        const uint64_t timestamp = before[i].timestamp;
        const bool seen =
            std::any_of(before.begin(), before.begin() + i,
                        [timestamp](const Picture &slot) { return slot.timestamp == timestamp; });
        if (timestamp != 0 && !seen) {
            events.emplace_back(ReleasePicture{timestamp});
        }
    }
}

void Vp9StreamParser::flush(std::vector<StreamEvent> &events)
{
    releaseAll(events);
    headers_.reset();
    sequence_ = {};
}

} // namespace daedalus::v4l2decode
