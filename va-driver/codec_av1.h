// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "va-driver/codec.h"

namespace daedalus::va {

/// AV1: one request for each frame, shown or not.
///
/// With film grain VA has two surfaces for a frame, the reconstruction that later
/// frames refer to and the picture that is shown. The request writes the latter
/// (StatelessRequest::target); the former is one of its aliases.
std::unique_ptr<CodecTranslator> createAv1Translator(VAProfile profile);

/// See CodecInfo::references.
std::vector<VASurfaceID> av1References(const PictureBuffers &buffers);

} // namespace daedalus::va
