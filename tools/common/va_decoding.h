// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <va/va.h>

#include "daedalus/result.h"
#include "tools/common/libav_handles.h"

namespace daedalus::tools {

/// libavutil's handle of @p display, which has to outlive it.
Result<AvPtr<AVBufferRef>> wrapDisplay(VADisplay display);

/// libavcodec's decoder that works with VA-API, of which AV1 has only one among several; null
/// where there is none.
const AVCodec *findVaDecoder(AVCodecID codec);

/// Whether @p offered, what libavcodec offers to decode to, has surfaces in it.
bool offersSurfaces(const AVPixelFormat *offered);

/// The surface that @p frame, one of AV_PIX_FMT_VAAPI, is in.
VASurfaceID surfaceOf(const AVFrame &frame);

} // namespace daedalus::tools
