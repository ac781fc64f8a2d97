// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "tools/common/picture.h"
#include "tools/daedalus-conformance/frame_list.h"

namespace daedalus::conformance {

/// Whether the left and top of pictures are cut off where the stream says so. ffmpeg cannot
/// do that with hardware surfaces, so VA-API clients are compared without.
enum class Cropping { Applied, Ignored };

/// Takes a frame; false ends decoding.
using FrameSink = std::function<bool(tools::Picture &&)>;

/// Decodes the video of a file as `ffmpeg -threads 1` does: in one thread, frames in display
/// order, each in its own size.
Result<void> decodeSoftware(const std::string &file, Cropping cropping, const FrameSink &take);

/// What software decoding makes of files: decoded once, then read from the cache.
class References {
public:
    /// @param directory where lists are kept, under names made from files' contents and the
    ///                  version of libavcodec; empty: none are kept
    explicit References(std::string directory) : directory_(std::move(directory)) {}

    /// May be called by several threads.
    Result<FrameList> frames(const std::string &file, Cropping cropping);

    /// One frame of the reference, with its samples. Decodes the file up to there.
    static Result<tools::Picture> frame(const std::string &file, Cropping cropping, size_t number);

private:
    Result<FrameList> load(const std::string &file, Cropping cropping);

    std::string directory_;
    std::mutex mutex_;
    std::map<std::string, FrameList> known_;
};

} // namespace daedalus::conformance
