// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "tools/daedalus-conformance/frame_list.h"
#include "tools/daedalus-conformance/software_decoder.h"

namespace daedalus::conformance {

/// What software decoding makes of files: decoded once, then read from the cache.
class References {
public:
    /// @param directory where lists are kept, under names made from files' contents and the
    ///                  version of libavcodec; empty: none are kept
    explicit References(std::string directory) : directory_(std::move(directory)) {}

    /// May be called by several threads.
    Result<FrameList> frames(const std::string &file, Cropping cropping);

    /// One frame of the reference, with its samples. Decodes the file up to there.
    static Result<Picture> frame(const std::string &file, Cropping cropping, size_t number);

private:
    Result<FrameList> load(const std::string &file, Cropping cropping);

    std::string directory_;
    std::mutex mutex_;
    std::map<std::string, FrameList> known_;
};

} // namespace daedalus::conformance
