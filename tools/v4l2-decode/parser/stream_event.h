// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "bitstream/visible_rect.h"
#include "daedalus/control_set.h"

namespace daedalus::v4l2decode {

/// Starts a coded video sequence, before its first picture and at each change.
///
/// H.264: sent at an IDR picture; nothing before it is a reference any more.
/// VP8: sent at a key frame with another size.
/// VP9: sent whenever the picture size or the sample format changes, which inter
/// frames can do too: then the older, differently sized pictures stay references.
struct SequenceStart {
    uint32_t codec = 0;       ///< V4L2_PIX_FMT_*, as of the OUTPUT queue
    uint32_t codedWidth = 0;  ///< samples that the decoder writes
    uint32_t codedHeight = 0; ///< rows that the decoder writes (of a frame)
    bitstream::VisibleRect visible;
    uint8_t profile = 0;         ///< H.264 profile_idc, VP8 version, VP9 profile
    uint8_t bitDepth = 8;        ///< of luma and chroma
    uint8_t chromaFormatIdc = 1; ///< 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4 (VP9 4:4:0: 255)
    bool progressive = true;     ///< no field pictures, no field macroblocks
    /// Pictures that are held at once for reference or output, the one being
    /// decoded included. Requests in flight need further buffers.
    unsigned pictures = 1;
    /// True where no earlier picture is referenced or shown from here on: they all
    /// were released before this event, so that buffers can be exchanged.
    bool independent = true;

    /// Whether @p other says the same of the pictures, wherever it comes.
    [[nodiscard]] bool isSame(const SequenceStart &other) const
    {
        SequenceStart here = other;
        here.independent = independent;
        return *this == here;
    }

    bool operator==(const SequenceStart &) const = default;
};

/// One V4L2 stateless decode request.
struct StatelessPicture {
    /// All of the codec's V4L2_CID_STATELESS_* that go with a picture. H.264: frame
    /// based, Annex B start codes.
    ControlSet controls;
    std::vector<uint8_t> bitstream; ///< what goes into the OUTPUT buffer
    /// Name of the picture for reference_ts and the events below: ns, not 0, a
    /// multiple of 1000 (struct timeval), rising in decode order. Both fields of a
    /// frame have the same.
    uint64_t timestamp = 0;
    uint32_t codedWidth = 0;
    uint32_t codedHeight = 0; ///< of the frame, also for a field
    bitstream::VisibleRect visible;
    bool keyFrame = false; ///< H.264: IDR; VP8, VP9: key frame
    /// The second field follows as the next request: queue the OUTPUT buffer with
    /// V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF.
    bool firstField = false;
    /// Decodes into the CAPTURE buffer of the request before it.
    bool secondField = false;
    /// H.264: the smaller of the two field order counts, as PicOrderCnt() in 8.2.1.
    int32_t picOrderCnt = 0;
    /// VP8, VP9: the frame is never shown by itself.
    bool hidden = false;
};

/// The next picture in output order. It was decoded by an earlier request. VP9 can
/// show a picture more than once.
struct ShowPicture {
    uint64_t timestamp = 0;
    bitstream::VisibleRect visible;
};

/// A picture is no reference any more and has been shown as often as it will be.
///
/// Its buffer may be decoded into again as soon as every request before this
/// event is done.
struct ReleasePicture {
    uint64_t timestamp = 0;
};

/// A part of the stream was left out because it is damaged or not supported.
struct StreamError {
    std::string what;
};

/// What a parser makes of a stream, in decode order: to handle an event at once is
/// right when all requests before it are done.
using StreamEvent =
    std::variant<SequenceStart, StatelessPicture, ShowPicture, ReleasePicture, StreamError>;

/// Turns an elementary stream into stateless requests.
///
/// Not thread-safe; different parsers are independent. Any input is safe: damage
/// becomes StreamError events.
class StreamParser {
public:
    virtual ~StreamParser() = default;

    /// Parses a piece of the stream and appends what it amounts to.
    /// @param data H.264: whole NAL units with Annex B start codes, as few or many
    /// as is convenient; VP8: one frame; VP9: one frame or superframe
    virtual void push(std::span<const uint8_t> data, std::vector<StreamEvent> &events) = 0;

    /// End of stream: finishes the last picture, shows and releases what is left.
    /// The parser then is as new, except that timestamps go on.
    virtual void flush(std::vector<StreamEvent> &events) = 0;
};

} // namespace daedalus::v4l2decode
