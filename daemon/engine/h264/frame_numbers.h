// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>

#include "bitstream/h264/parameter_writer.h"
#include "bitstream/h264/slice_header.h"

namespace daedalus::engine {

/// Foretells which pictures libavcodec is going to ask memory for.
///
/// Where frame_num jumps, libavcodec makes up the frames in between (8.2.5.2) before
/// the one that the packet holds, and nothing on an AVFrame tells them apart. So this
/// follows frame_num and the pairing of fields as its h264_field_start() does.
class H264FrameNumbers {
public:
    struct Prediction {
        unsigned madeUp = 0;      ///< pictures that are made up before the coded one
        bool secondField = false; ///< goes into the picture that the request before began
        /// The field would be a second one, but libavcodec refuses fields of which
        /// only one is a reference.
        bool refused = false;
    };

    /// @param header of the picture's first slice
    [[nodiscard]] Prediction predict(const bitstream::H264SliceHeader &header,
                                     const bitstream::H264Parameters &parameters) const;

    /// The picture was decoded as predicted.
    void advance(const bitstream::H264SliceHeader &header,
                 const bitstream::H264Parameters &parameters, const Prediction &prediction);

    /// frame_num of the last picture, PrevRefFrameNum where it was a reference.
    [[nodiscard]] uint32_t lastFrameNum() const { return frameNum_; }
    /// A made-up frame of this frame_num was decoded.
    void advanceTo(uint32_t frameNum);

    /// All references were forgotten.
    void reset() { *this = H264FrameNumbers(); }

private:
    /// What makes libavcodec start over when it changes.
    struct Sequence {
        uint32_t width = 0;
        uint32_t height = 0;
        uint8_t chromaFormatIdc = 0;

        bool operator==(const Sequence &) const = default;
    };
    static Sequence sequenceOf(const bitstream::H264Parameters &parameters);

    Sequence sequence_;
    int previous_ = -1;       ///< PrevRefFrameNum, or -1 at the start
    bool firstField_ = false; ///< the last picture was a field that waits for its other
    bool bottomField_ = false;
    bool reference_ = false;
    uint32_t frameNum_ = 0; ///< of the last picture
};

} // namespace daedalus::engine
