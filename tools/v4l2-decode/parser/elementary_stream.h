// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daedalus/result.h"
#include "tools/v4l2-decode/parser/stream_event.h"

namespace daedalus::v4l2decode {

/// A parser for streams of @p codec, an OUTPUT fourcc; null where there is none.
std::unique_ptr<StreamParser> makeStreamParser(uint32_t codec);

/// A whole stream file as a sequence of events: H.264 in Annex B, VP8, VP9 or AV1 in IVF, AV1
/// as OBUs in low-overhead format, MPEG-2 video.
class ElementaryStream {
public:
    /// Reads the file and finds out what it is by its content.
    /// ENOTSUP: none of these.
    static Result<ElementaryStream> open(const std::string &path);
    /// As open(), of bytes in memory.
    static Result<ElementaryStream> fromBytes(std::vector<uint8_t> bytes);

    /// V4L2_PIX_FMT_*, as of the OUTPUT queue.
    [[nodiscard]] uint32_t codec() const { return codec_; }

    /// The next event; nothing at the end.
    std::optional<StreamEvent> next();

    /// Back to the start. Timestamps go on rising, so that a client need not stop.
    void rewind();
    /// Back to the start as if it had just been opened, timestamps included.
    void reset();

private:
    ElementaryStream() = default;
    bool pushPiece();
    bool pushMpeg2Unit();
    bool pushNalUnit();
    bool pushTemporalUnit();
    bool pushIvfFrame();

    std::vector<uint8_t> bytes_;
    size_t start_ = 0;
    size_t position_ = 0;
    bool ivf_ = false; ///< else a byte stream with start codes
    bool flushed_ = false;
    uint32_t codec_ = 0;
    std::unique_ptr<StreamParser> parser_;
    std::vector<StreamEvent> scratch_;
    std::deque<StreamEvent> events_;
};

} // namespace daedalus::v4l2decode
