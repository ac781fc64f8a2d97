// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "va-driver/codec.h"

namespace daedalus::va {

/// MPEG-2 pictures: all slices of a picture for V4L2 with V4L2_CID_STATELESS_MPEG2_*.
std::unique_ptr<CodecTranslator> createMpeg2Translator(VAProfile profile);
/// See CodecInfo::references.
std::vector<VASurfaceID> mpeg2References(const PictureBuffers &buffers);

} // namespace daedalus::va
