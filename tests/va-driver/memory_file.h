// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "tests/support/memory_file.h"
#include "va-driver/surface_memory.h"

namespace daedalus::va {

/// Surface memory of the standard layout, without a graphics device.
inline std::shared_ptr<va::SurfaceMemory> fileMemory(const gbm::FormatInfo &format, uint32_t width,
                                                     uint32_t height)
{
    const auto layout = gbm::SurfaceLayout::standard(format, width, height);
    return va::SurfaceMemory::import(test::memoryFile(layout.size), layout);
}

} // namespace daedalus::va
