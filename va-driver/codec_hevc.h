// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <va/va.h>

#include <memory>
#include <vector>

#include "va-driver/codec.h"

namespace daedalus::va {

/// H.265 Main and Main 10.
std::unique_ptr<CodecTranslator> createHevcTranslator(VAProfile profile);
/// None: a picture of another size starts a new sequence.
std::vector<VASurfaceID> hevcReferences(const PictureBuffers &buffers);

} // namespace daedalus::va
