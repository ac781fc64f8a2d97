// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <span>

#include <linux/v4l2-controls.h>

#include "daedalus/result.h"

namespace daedalus::bitstream {

/// What the compressed header's syntax depends on.
struct Vp9CompressedContext {
    bool lossless = false;
    bool frameIsIntra = false;
    bool switchableInterpolation = false;
    bool highPrecisionMv = false;
    /// Not all references have the same sign bias (compoundReferenceAllowed).
    bool compoundAllowed = false;
};

/// What the compressed header holds.
struct Vp9CompressedHeader {
    v4l2_ctrl_vp9_compressed_hdr updates{}; ///< after inv_map_table, 0: no update
    uint8_t referenceMode = 0;              ///< V4L2_VP9_REFERENCE_MODE_*
};

/// Parses a compressed header (VP9 specification 6.3).
/// @param bytes exactly header_size_in_bytes of it
/// @returns EBADMSG: damaged
Result<Vp9CompressedHeader> parseVp9CompressedHeader(std::span<const uint8_t> bytes,
                                                     const Vp9CompressedContext &context);

} // namespace daedalus::bitstream
