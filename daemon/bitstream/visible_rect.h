// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>

namespace daedalus::bitstream {

/// A rectangle of luma samples inside a coded picture.
struct VisibleRect {
    uint32_t left = 0;
    uint32_t top = 0;
    uint32_t width = 0;
    uint32_t height = 0;

    bool operator==(const VisibleRect &) const = default;
};

} // namespace daedalus::bitstream
