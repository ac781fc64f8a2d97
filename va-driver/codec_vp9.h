// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "va-driver/codec.h"

namespace daedalus::va {

/// VP9: one request for each frame, shown or not.
std::unique_ptr<CodecTranslator> createVp9Translator(VAProfile profile);

/// See CodecInfo::references.
std::vector<VASurfaceID> vp9References(const PictureBuffers &buffers);

} // namespace daedalus::va
