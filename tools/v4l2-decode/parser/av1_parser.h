// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>
#include <optional>

#include "bitstream/av1/frame_header.h"
#include "bitstream/av1/obu.h"
#include "bitstream/av1/tile_groups.h"
#include "tools/v4l2-decode/parser/reference_slots.h"

namespace daedalus::v4l2decode {

/// AV1 temporal units to stateless requests.
///
/// One request a frame, hidden frames included; its bitstream are the frame's tile groups.
/// show_existing_frame needs no request: it is a ShowPicture of an earlier picture. Of
/// spatial layers, the highest one of operating point 0 is shown.
class Av1StreamParser : public StreamParser {
public:
    /// @param data one temporal unit, low-overhead format
    void push(std::span<const uint8_t> data, std::vector<StreamEvent> &events) override;
    void flush(std::vector<StreamEvent> &events) override;

private:
    using Picture = ReferenceSlots::Picture;

    struct Frame {
        std::shared_ptr<const bitstream::Av1FrameHeader> header;
        bitstream::Av1TileGroups tiles;
        uint8_t spatialId = 0;
    };

    Result<void> handle(const bitstream::Av1Obu &obu, std::vector<StreamEvent> &events);
    Result<void> setSequence(const bitstream::Av1Obu &obu);
    Result<void> startFrame(const bitstream::Av1Obu &obu, std::vector<StreamEvent> &events);
    Result<void> appendTiles(std::span<const uint8_t> payload, std::vector<StreamEvent> &events);
    void showExisting(const std::shared_ptr<const bitstream::Av1FrameHeader> &header,
                      uint8_t spatialId, std::vector<StreamEvent> &events);
    void finishFrame(std::vector<StreamEvent> &events);
    void announce(const bitstream::Av1FrameHeader &header, std::vector<StreamEvent> &events);
    void show(const Picture &picture, uint8_t spatialId, std::vector<StreamEvent> &events);
    void showHeldBack(std::vector<StreamEvent> &events);
    /// Stores the picture in its slots and releases those that it drives out.
    void refresh(const Picture &picture, uint8_t slots, std::vector<StreamEvent> &events);
    void release(uint64_t timestamp, std::vector<StreamEvent> &events);
    void releaseAll(std::vector<StreamEvent> &events);
    [[nodiscard]] uint16_t operatingPoint() const;

    bitstream::Av1HeaderParser headers_;
    ReferenceSlots slots_;
    std::optional<Frame> frame_; ///< whose tiles are not all there yet
    /// Of a lower spatial layer, shown unless the temporal unit has a higher one.
    std::optional<Picture> heldBack_;
    bool releaseHeldBack_ = false; ///< nothing refers to it any more
    SequenceStart sequence_;
    uint64_t nextTimestamp_ = 1000;
};

} // namespace daedalus::v4l2decode
