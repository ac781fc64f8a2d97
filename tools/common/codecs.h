// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <string_view>

#include "daedalus/result.h"
#include "tools/common/libav_handles.h"

namespace daedalus::tools {

/// A codec that we decode, under all its names.
struct Codec {
    AVCodecID id;
    const char *name;            ///< h264, hevc, vp8, vp9, av1 or mpeg2
    uint32_t v4l2;               ///< V4L2_PIX_FMT_* of its stateless requests
    std::string_view ivf;        ///< in an IVF file; empty: there is none
    const char *startCodeFilter; ///< libavcodec's, from containers with length prefixes
};

/// Null for a codec that is none of ours.
const Codec *codecOf(AVCodecID id);

/// A filter that makes packets of start codes where the container has length prefixes; those of
/// other codecs, and byte streams, pass unchanged.
/// @return ENOTSUP: libavcodec has none for this stream, or it is of no codec of ours
Result<AvPtr<AVBSFContext>> openStartCodeFilter(const AVCodecParameters &parameters);

} // namespace daedalus::tools
