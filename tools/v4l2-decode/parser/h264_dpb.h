// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include <linux/v4l2-controls.h>

#include "bitstream/h264/slice_header.h"
#include "tools/v4l2-decode/parser/h264_picture_order.h"
#include "tools/v4l2-decode/parser/stream_event.h"

namespace daedalus::v4l2decode {

/// A frame, a field pair or a lone field in the decoded picture buffer.
///
/// Sets of fields are V4L2_H264_{TOP_FIELD,BOTTOM_FIELD,FRAME}_REF masks.
struct H264FrameStore {
    uint64_t timestamp = 0;
    bitstream::VisibleRect visible;
    uint32_t frameNum = 0;
    uint32_t longTermFrameIdx = 0;
    int32_t frameNumWrap = 0; ///< (8-27), against the current picture
    H264FieldOrder order;
    uint8_t fields = 0;    ///< decoded
    uint8_t shortTerm = 0; ///< marked "used for short-term reference"
    uint8_t longTerm = 0;  ///< marked "used for long-term reference"
    bool codedAsFields = false;
    bool nonExisting = false; ///< inferred for a gap in frame_num
    bool neededForOutput = false;
    bool reference = false; ///< coded with nal_ref_idc other than 0
    bool idr = false;

    [[nodiscard]] uint8_t referenced() const { return shortTerm | longTerm; }
    /// PicOrderCnt() of 8.2.1 over the fields that are there.
    [[nodiscard]] int32_t picOrderCnt() const;
};

/// The decoded picture buffer: reference marking (8.2.5) and output order by the
/// bumping process (C.4).
///
/// The picture that is being decoded is current(). It enters the buffer proper with
/// storeCurrent(), once both its fields are there or the second one fails to come.
class H264Dpb {
public:
    /// @param frames capacity, H264Sps::dpbFrames()
    /// @param maxRefFrames max_num_ref_frames
    void configure(unsigned frames, unsigned maxRefFrames);

    /// Begins a frame or first field; there must be no current one.
    void begin(const H264FrameStore &frame) { current_ = frame; }
    /// Null where none was begun.
    [[nodiscard]] H264FrameStore *current() { return current_ ? &*current_ : nullptr; }

    /// What decode parameters say of the references (dpb[]), for the picture that
    /// @p slice starts; call it before the picture is marked.
    void fillEntries(const bitstream::H264Sps &sps, const bitstream::H264SliceHeader &slice,
                     v4l2_ctrl_h264_decode_params &params);

    /// Marks references after the current picture (8.2.5.1).
    /// @param fields the field or fields that @p slice coded
    void mark(const bitstream::H264Sps &sps, const bitstream::H264SliceHeader &slice,
              uint8_t fields);

    /// Infers a frame for a gap in frame_num (8.2.5.2).
    void addNonExisting(const bitstream::H264Sps &sps, uint32_t frameNum,
                        std::vector<StreamEvent> &events);

    /// Stores the current picture, if any, and outputs what has to make room (C.4.5).
    void storeCurrent(std::vector<StreamEvent> &events);

    /// Outputs and releases everything: IDR, memory_management_control_operation 5,
    /// end of stream (C.4.4). The current picture stays.
    void flush(std::vector<StreamEvent> &events);

private:
    static constexpr uint32_t kNoLongTerm = UINT32_MAX;
    /// A field (or both) of a stored frame, found by its number.
    struct Found {
        H264FrameStore *frame = nullptr;
        uint8_t fields = 0;
    };

    template <typename Visitor>
    void forEach(Visitor &&visit);
    void updateFrameNumWrap(uint32_t frameNum, uint32_t maxFrameNum);
    [[nodiscard]] Found find(int64_t number, bool longTerm,
                             const bitstream::H264SliceHeader &slice);
    void slideWindow();
    void applyMmco(const bitstream::H264Mmco &mmco, const bitstream::H264SliceHeader &slice,
                   uint8_t fields);
    void assignLongTerm(H264FrameStore &frame, uint8_t fields, uint32_t index);
    void limitLongTerm(uint32_t maxIndexPlus1);
    [[nodiscard]] unsigned referenceCount() const;
    void makeRoom(std::vector<StreamEvent> &events);
    /// A step towards room in a full buffer.
    void showOrDropOne(std::vector<StreamEvent> &events);
    [[nodiscard]] bool outputsFirst(const H264FrameStore &frame) const;

    std::vector<H264FrameStore> frames_;
    std::optional<H264FrameStore> current_;
    size_t capacity_ = 1;
    unsigned maxRefFrames_ = 1;
    uint32_t maxLongTermFrameIdxPlus1_ = 0;
};

} // namespace daedalus::v4l2decode
