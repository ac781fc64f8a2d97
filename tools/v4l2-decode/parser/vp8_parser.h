// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>

#include "bitstream/vp8/header_parser.h"
#include "tools/v4l2-decode/parser/stream_event.h"

namespace daedalus::v4l2decode {

/// VP8 frames to stateless requests, hidden frames included.
class Vp8StreamParser : public StreamParser {
public:
    void push(std::span<const uint8_t> data, std::vector<StreamEvent> &events) override;
    void flush(std::vector<StreamEvent> &events) override;

private:
    /// The reference frames, by timestamp; 0: none.
    struct References {
        uint64_t last = 0;
        uint64_t golden = 0;
        uint64_t alternate = 0;

        [[nodiscard]] bool has(uint64_t timestamp) const
        {
            return timestamp == last || timestamp == golden || timestamp == alternate;
        }
    };

    void announce(const v4l2_ctrl_vp8_frame &control, std::vector<StreamEvent> &events);
    /// @param current a picture to release too, where it is no reference; 0: none
    void replace(const References &next, uint64_t current, std::vector<StreamEvent> &events);

    bitstream::Vp8HeaderParser headers_;
    References references_;
    SequenceStart sequence_;
    uint64_t nextTimestamp_ = 1000;
};

} // namespace daedalus::v4l2decode
