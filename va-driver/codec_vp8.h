// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "va-driver/codec.h"

namespace daedalus::va {

/// VP8 frames: whole frames for V4L2 with V4L2_CID_STATELESS_VP8_FRAME.
std::unique_ptr<CodecTranslator> createVp8Translator(VAProfile profile);
/// See CodecInfo::references.
std::vector<VASurfaceID> vp8References(const PictureBuffers &buffers);

} // namespace daedalus::va
