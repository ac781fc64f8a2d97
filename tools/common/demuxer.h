// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>

#include "daedalus/result.h"
#include "tools/common/libav_handles.h"

namespace daedalus::tools {

/// The first video stream of a file.
class Demuxer {
public:
    /// @return an Error, which does not name the file, where it cannot be read or has no video
    static Result<Demuxer> open(const std::string &file);

    [[nodiscard]] AVFormatContext &input() const { return *input_; }
    [[nodiscard]] const AVStream &stream() const { return *input_->streams[index_]; }
    /// Frames a second as the file has it, 25 where it does not say.
    [[nodiscard]] double frameRate() const;
    /// Seconds, 0 where the file does not say.
    [[nodiscard]] double duration() const;

    /// The next packet of the stream into @p packet.
    /// @return false at the end of the file; an Error where it cannot be read
    Result<bool> read(AVPacket &packet);
    /// Back to the start.
    Result<void> rewind();

private:
    Demuxer(AvPtr<AVFormatContext> input, int index) : input_(std::move(input)), index_(index) {}

    AvPtr<AVFormatContext> input_;
    int index_;
};

} // namespace daedalus::tools
