// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <vector>

#include <va/va.h>

namespace daedalus::va {

/// What a surface holds, as tight I420, or I010 for ten bits. Fails the test if that cannot be
/// read.
std::vector<uint8_t> readSurface(VADisplay display, VASurfaceID surface, uint32_t width,
                                 uint32_t height, unsigned bitDepth = 8);

} // namespace daedalus::va
