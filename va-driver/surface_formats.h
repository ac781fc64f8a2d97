// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "gbm/format_info.h"
#include "va-driver/driver.h"

namespace daedalus::va {

/// VA_RT_FORMAT_* bits of everything that can be decoded.
uint32_t supportedRtFormats(const Driver &driver);

/// The formats that surfaces of one of the @p rtFormats can have, best first. A client may
/// ask for each of them.
std::vector<const gbm::FormatInfo *> surfaceFormats(uint32_t rtFormats);

/// The formats that clients are told of: those that they know how to handle. Of the bit depth
/// of the format that DAEDALUS_SURFACE_FORMAT asks for, only that one.
std::vector<const gbm::FormatInfo *> offeredFormats(const Driver &driver, uint32_t rtFormats);

} // namespace daedalus::va
