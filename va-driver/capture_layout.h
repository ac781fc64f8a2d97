// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <optional>

#include "gbm/surface_layout.h"
#include "v4l2/v4l2_device.h"

namespace daedalus::va {

/// How the kernel module sees a CAPTURE buffer: planes back to back, which
/// daedalus_v4l2_proto.h defines by stride and rows.
struct CaptureLayout {
    const gbm::FormatInfo *format = nullptr;
    uint32_t stride = 0; ///< bytes from luma row to luma row
    uint32_t rows = 0;   ///< luma rows that have memory
    size_t size = 0;     ///< bytes of the buffer, tail padding included

    /// The layout that describes a surface's memory; nothing if none does, as with
    /// imported buffers that have gaps or no tail padding.
    static std::optional<CaptureLayout> of(const gbm::SurfaceLayout &surface);

    /// Whether the module would find a surface's planes where they are.
    [[nodiscard]] bool matches(const gbm::SurfaceLayout &surface) const;

    /// The format to ask the module for.
    [[nodiscard]] v4l2::V4l2Format toFormat(uint32_t codedWidth) const;
    /// The layout of the format that the module set; nothing if its planes lie elsewhere.
    static std::optional<CaptureLayout> fromFormat(const v4l2::V4l2Format &format);

    bool operator==(const CaptureLayout &) const = default;
};

} // namespace daedalus::va
