// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>
#include <vector>

#include "daedalus/result.h"
#include "tools/common/libav_handles.h"

namespace daedalus::bench {

/// The video of a file, all of it in memory, so that reading costs nothing while it is
/// decoded.
struct Film {
    std::string name; ///< of the file, without folder and ending
    tools::AvPtr<AVCodecParameters> parameters;
    std::vector<tools::AvPtr<AVPacket>> packets; ///< as they are in the container

    [[nodiscard]] int width() const { return parameters->width; }
    [[nodiscard]] int height() const { return parameters->height; }
    [[nodiscard]] bool tenBits() const { return parameters->format == AV_PIX_FMT_YUV420P10; }

    /// @returns EINVAL: no video in the file; or why it cannot be read
    static Result<Film> load(const std::string &path);
};

} // namespace daedalus::bench
