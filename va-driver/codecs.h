// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <linux/types.h>

#include "va-driver/codec.h"

/// What the rows of the codec table have; of ...References(), see CodecInfo::references.
namespace daedalus::va {

/// AV1: one request for each frame, shown or not.
///
/// With film grain VA has two surfaces for a frame, the reconstruction that later
/// frames refer to and the picture that is shown. The request writes the latter
/// (StatelessRequest::target); the former is one of its aliases.
std::unique_ptr<CodecTranslator> createAv1Translator(VAProfile profile);
std::vector<VASurfaceID> av1References(const PictureBuffers &buffers);

/// H.264: one request for each frame or field, frame-based, with start codes.
std::unique_ptr<CodecTranslator> createH264Translator(VAProfile profile);

/// H.265 Main and Main 10.
std::unique_ptr<CodecTranslator> createHevcTranslator(VAProfile profile);

/// MPEG-2: one request for each frame or field, which holds all its slices.
std::unique_ptr<CodecTranslator> createMpeg2Translator(VAProfile profile);

/// VP8: one request for each frame, whole.
std::unique_ptr<CodecTranslator> createVp8Translator(VAProfile profile);

/// VP9: one request for each frame, shown or not.
std::unique_ptr<CodecTranslator> createVp9Translator(VAProfile profile);
std::vector<VASurfaceID> vp9References(const PictureBuffers &buffers);

/// Adds the surface @p id, if any, to the references, and names it in @p timestamp. False: it does
/// not exist. A second field may refer to nothing but the first one; FFmpeg then names surface 0.
bool addReference(VASurfaceID id, const SurfaceLookup &surfaces, __u64 &timestamp,
                  StatelessRequest &request);

} // namespace daedalus::va
