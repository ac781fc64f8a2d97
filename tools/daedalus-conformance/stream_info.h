// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>

#include "daedalus/result.h"
#include "tools/common/demuxer.h"

namespace daedalus::conformance {

/// What a container says about its video.
struct StreamInfo {
    std::string codec;  ///< h264, hevc, vp8, vp9, av1 or mpeg2
    std::string format; ///< libavutil's name of the pixel format
    int profile = 0;    ///< FF_PROFILE_*
    unsigned depth = 8; ///< bits of a sample
    bool is420 = false; ///< planar 4:2:0, or grey, of 8 or 10 bits

    /// The VA-API profile that it takes, or nothing if VA-API (as far as we go) has none.
    [[nodiscard]] std::string vaProfile() const;
    /// Whether only the client's leave to take another profile gets it decoded: Baseline,
    /// nearly all streams of which are Constrained Baseline but do not say so.
    [[nodiscard]] bool needsMismatch() const;
};

/// @return an Error (ENOTSUP) if there is no video in it or it is of no codec of ours
Result<tools::Demuxer> openStream(const std::string &file);
Result<StreamInfo> probeStream(const std::string &file);

} // namespace daedalus::conformance
