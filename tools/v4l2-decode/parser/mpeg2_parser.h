// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <optional>

#include "bitstream/mpeg2/headers.h"
#include "tools/v4l2-decode/parser/stream_event.h"

namespace daedalus::v4l2decode {

/// MPEG-2 video elementary streams to stateless requests: one for each frame or field.
///
/// Which pictures are left out, because what they refer to is not there, is as
/// libavcodec does it: B pictures before the second reference of an open group.
class Mpeg2StreamParser : public StreamParser {
public:
    /// @param data whole units, each with its start code
    void push(std::span<const uint8_t> data, std::vector<StreamEvent> &events) override;
    void flush(std::vector<StreamEvent> &events) override;

private:
    /// A picture whose slices are being collected.
    struct Current {
        v4l2_ctrl_mpeg2_picture control{};
        std::vector<uint8_t> slices;
        bool extended = false; ///< the picture coding extension was there
    };
    /// The first field of a frame, until it is known whether the second one follows.
    struct FirstField {
        StatelessPicture picture;
        uint8_t structure = 0;
        bool bidirectional = false;
    };

    void handle(uint8_t code, std::span<const uint8_t> unit, std::vector<StreamEvent> &events);
    void handleExtension(std::span<const uint8_t> payload, std::vector<StreamEvent> &events);
    void handleSlice(std::span<const uint8_t> unit, std::vector<StreamEvent> &events);
    void startPicture(std::span<const uint8_t> payload, std::vector<StreamEvent> &events);
    void finishPicture(std::vector<StreamEvent> &events);
    void finishFrame(std::vector<StreamEvent> &events);
    void announce(std::vector<StreamEvent> &events);
    void emitPicture(StatelessPicture picture, bool bidirectional, bool frameDone,
                     std::vector<StreamEvent> &events);
    void showReordered(bool bidirectional, uint64_t timestamp, std::vector<StreamEvent> &events);
    void endSequence(std::vector<StreamEvent> &events);
    [[nodiscard]] bool isSecondField(const v4l2_ctrl_mpeg2_picture &control) const;
    [[nodiscard]] bool hasReferences(const v4l2_ctrl_mpeg2_picture &control) const;
    [[nodiscard]] StatelessPicture makePicture(Current &current, uint64_t timestamp) const;

    bitstream::Mpeg2Sequence sequence_;
    bool sequenceValid_ = false; ///< header and extension were there
    v4l2_ctrl_mpeg2_quantisation matrices_ = bitstream::mpeg2DefaultMatrices();
    std::optional<SequenceStart> announced_;
    std::optional<Current> current_;
    std::optional<FirstField> firstField_;
    bool closedGroup_ = false;
    uint64_t forward_ = 0;  ///< the older reference, 0: none
    uint64_t backward_ = 0; ///< the newer one, not shown yet unless lowDelay
    uint64_t nextTimestamp_ = 1000;
};

} // namespace daedalus::v4l2decode
