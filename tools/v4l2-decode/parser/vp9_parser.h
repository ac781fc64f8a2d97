// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <memory>

#include "bitstream/vp9/header_parser.h"
#include "tools/v4l2-decode/parser/stream_event.h"

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
    /// A picture in one or more reference slots.
    struct Picture {
        uint64_t timestamp = 0;
        bitstream::VisibleRect visible;
    };

    void pushFrame(std::span<const uint8_t> frame, std::vector<StreamEvent> &events);
    void announce(const bitstream::Vp9FrameHeader &header, std::vector<StreamEvent> &events);
    void setReferences(bitstream::Vp9FrameHeader &header) const;
    /// Stores the picture in its slots and releases those that it drives out.
    void refresh(const Picture &picture, uint8_t slots, std::vector<StreamEvent> &events);
    void releaseAll(std::vector<StreamEvent> &events);
    [[nodiscard]] bool referenced(uint64_t timestamp) const;

    bitstream::Vp9HeaderParser headers_;
    std::array<Picture, 8> slots_{}; ///< timestamp 0: empty
    SequenceStart sequence_;
    uint64_t nextTimestamp_ = 1000;
};

} // namespace daedalus::v4l2decode
