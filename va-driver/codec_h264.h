// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "va-driver/codec.h"

namespace daedalus::va {

/// H.264: one request for each frame or field, frame-based, with start codes.
std::unique_ptr<CodecTranslator> createH264Translator(VAProfile profile);

/// See CodecInfo::references: none.
std::vector<VASurfaceID> h264References(const PictureBuffers &buffers);

} // namespace daedalus::va
