// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "daedalus/control_set.h"
#include "daedalus/result.h"
#include "daedalus_v4l2_proto.h"
#include "gbm/format_info.h"

namespace daedalus::daemon {

/// A REQ_DECODE message in pieces.
struct DecodeMessage {
    daedalus_req_decode request{};
    const gbm::FormatInfo *format = nullptr; ///< of request.pixelformat, never null
    ControlSet controls;

    /// The colour planes in use.
    [[nodiscard]] std::span<const daedalus_plane> planes() const
    {
        return std::span(request.planes).first(request.num_planes);
    }
};

/// Largest width and height of a picture, in samples.
inline constexpr uint32_t kMaxDimension = 16384;

/// Takes a REQ_DECODE payload apart and checks all that can be checked without
/// looking at the buffers: lengths, counts, sizes, reserved fields, formats.
/// What a buffer must hold is BufferTable's to check. EINVAL for everything.
Result<DecodeMessage> parseDecodeMessage(std::span<const std::byte> payload);

} // namespace daedalus::daemon
