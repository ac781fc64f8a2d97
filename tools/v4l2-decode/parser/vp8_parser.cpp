// SPDX-License-Identifier: BSD-2-Clause
#include "tools/v4l2-decode/parser/vp8_parser.h"

#include <algorithm>
#include <array>
#include <utility>

#include <linux/videodev2.h>

namespace daedalus::v4l2decode {

namespace {

/// Three references and the picture being decoded.
constexpr unsigned kPictures = 4;

/// The reference that takes an updated one's place.
uint64_t updated(bitstream::Vp8Update update, uint64_t kept, uint64_t current, uint64_t last,
                 uint64_t other)
{
    switch (update) {
    case bitstream::Vp8Update::ThisFrame:
        return current;
    case bitstream::Vp8Update::Last:
        return last;
    case bitstream::Vp8Update::Other:
        return other;
    case bitstream::Vp8Update::Keep:
        break;
    }
    return kept;
}

} // namespace

void Vp8StreamParser::push(std::span<const uint8_t> data, std::vector<StreamEvent> &events)
{
    auto header = headers_.parse(data);
    if (!header) {
        events.emplace_back(StreamError{header.error().what()});
        return;
    }
    if (header->keyFrame) {
        announce(header->control, events);
    } else {
        header->control.last_frame_ts = references_.last;
        header->control.golden_frame_ts = references_.golden;
        header->control.alt_frame_ts = references_.alternate;
    }

    const uint64_t current = std::exchange(nextTimestamp_, nextTimestamp_ + 1000);
    StatelessPicture picture;
    picture.controls.set(V4L2_CID_STATELESS_VP8_FRAME, header->control);
    picture.bitstream.assign(data.begin(), data.end());
    picture.timestamp = current;
    picture.codedWidth = header->control.width;
    picture.codedHeight = header->control.height;
    picture.visible = sequence_.visible;
    picture.keyFrame = header->keyFrame;
    picture.hidden = !header->showFrame;
    events.emplace_back(std::move(picture));
    if (header->showFrame) {
        events.emplace_back(ShowPicture{current, sequence_.visible});
    }
    const References before = references_;
    replace(
        {.last = header->refreshLast ? current : before.last,
         .golden = updated(header->golden, before.golden, current, before.last, before.alternate),
         .alternate =
             updated(header->alternate, before.alternate, current, before.last, before.golden)},
        current, events);
}

void Vp8StreamParser::announce(const v4l2_ctrl_vp8_frame &control, std::vector<StreamEvent> &events)
{
    if (sequence_.codec != 0 && sequence_.codedWidth == control.width &&
        sequence_.codedHeight == control.height) {
        return;
    }
    replace({}, 0, events);
    sequence_ = {
        .codec = V4L2_PIX_FMT_VP8_FRAME,
        .codedWidth = control.width,
        .codedHeight = control.height,
        .visible = {0, 0, control.width, control.height},
        .profile = control.version,
        .bitDepth = 8,
        .chromaFormatIdc = 1,
        .progressive = true,
        .pictures = kPictures,
        .independent = true,
    };
    events.emplace_back(sequence_);
}

void Vp8StreamParser::replace(const References &next, uint64_t current,
                              std::vector<StreamEvent> &events)
{
    const References before = std::exchange(references_, next);
    std::array<uint64_t, 4> old{before.last, before.golden, before.alternate, current};
    std::sort(old.begin(), old.end());
    const auto end = std::unique(old.begin(), old.end());
    std::for_each(old.begin(), end, [&](uint64_t timestamp) {
        if (timestamp != 0 && !next.has(timestamp)) {
            events.emplace_back(ReleasePicture{timestamp});
        }
    });
}

void Vp8StreamParser::flush(std::vector<StreamEvent> &events)
{
    replace({}, 0, events);
    headers_.reset();
    sequence_ = {};
}

} // namespace daedalus::v4l2decode
