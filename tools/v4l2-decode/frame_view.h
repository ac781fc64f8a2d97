// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "gbm/dma_buf.h"
#include "gbm/format_info.h"

namespace daedalus::v4l2decode {

/// A decoded picture's samples in mapped memory.
struct FrameView {
    struct Plane {
        std::span<const uint8_t> bytes; ///< from the plane's first sample
        uint32_t stride = 0;
    };

    const gbm::FormatInfo *format = nullptr;
    std::array<Plane, 3> planes;
    /// Brackets the CPU's access to DMA-BUFs, as long as the view lives.
    std::vector<gbm::ScopedCpuAccess> access;
};

} // namespace daedalus::v4l2decode
