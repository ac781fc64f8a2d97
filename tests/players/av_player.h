// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "daedalus/result.h"
#include "tools/common/libav_handles.h"

namespace daedalus::test {

/// What became of a stream.
struct Played {
    /// A hash of each frame's visible samples, in the order of delivery. Hashes of hardware
    /// and software decoding are the same for the same picture.
    std::vector<std::string> frames;
    unsigned errors = 0; ///< packets and frames that libavcodec or the driver refused

    // What the same picture need not have with hardware and software.
    std::vector<int64_t> times;       ///< of each frame, in the stream's time base
    std::vector<bool> failed;         ///< vaSyncSurface said that the picture has errors
    unsigned named = 0;               ///< of those, what vaQuerySurfaceError has errors for
    std::chrono::nanoseconds wait{0}; ///< the longest that vaSyncSurface took

    bool operator==(const Played &other) const
    {
        return frames == other.frames && errors == other.errors;
    }
};

/// How to play.
struct PlayOptions {
    AVBufferRef *device = nullptr; ///< VA-API device, borrowed; null: decode in software
    bool hash = true;              ///< without it `frames` has empty strings
    unsigned maxFrames = 0;        ///< stop after so many, 0: play all
    double from = 0;               ///< part of the duration (0 to 1) to seek to first, 0: none
    /// Called with each packet and its number before it is decoded; may change it (it is
    /// writable), and drops it by returning false.
    std::function<bool(AVPacket &packet, unsigned number)> edit = {};
};

/// A VADisplay on a DRM node, such as /dev/dri/renderD128, in libavutil's wrapping. May be used by
/// several players at once, in any threads.
Result<tools::AvPtr<AVBufferRef>> openDevice(const std::string &node);

/// Decodes the first video stream of a file with libavcodec in one thread. Never falls back
/// from VA-API to software: a stream that the driver does not take gives no frames.
/// @return an Error if the file cannot be read as a video at all
Result<Played> play(const std::string &file, const PlayOptions &options);

} // namespace daedalus::test
