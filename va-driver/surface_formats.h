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

/// Those that clients are told of: of the bit depth of the one that DAEDALUS_SURFACE_FORMAT
/// asks for, only that one; else those that clients know how to handle.
std::vector<const gbm::FormatInfo *> offeredFormats(const Driver &driver, uint32_t rtFormats);

} // namespace daedalus::va
