// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>

#include "bitstream/vp9/header_parser.h"
#include "tools/v4l2-decode/parser/reference_slots.h"

namespace daedalus::v4l2decode {

/// VP9 frames and superframes to stateless requests.
///
/// One request a frame, hidden frames included. show_existing_frame needs no
/// request: it is a ShowPicture of an earlier picture.
class Vp9StreamParser : public StreamParser {
public:
    void push(std::span<const uint8_t> data, std::vector<StreamEvent> &events) override;
    void flush(std::vector<StreamEvent> &events) override;

private:
    using Picture = ReferenceSlots::Picture;

    void pushFrame(std::span<const uint8_t> frame, std::vector<StreamEvent> &events);
    void announce(const bitstream::Vp9FrameHeader &header, std::vector<StreamEvent> &events);
    void setReferences(bitstream::Vp9FrameHeader &header) const;
    /// Stores the picture in its slots and releases those that it drives out.
    void refresh(const Picture &picture, uint8_t slots, std::vector<StreamEvent> &events);
    void releaseAll(std::vector<StreamEvent> &events);

    bitstream::Vp9HeaderParser headers_;
    ReferenceSlots slots_;
    SequenceStart sequence_;
    uint64_t nextTimestamp_ = 1000;
};

} // namespace daedalus::v4l2decode
