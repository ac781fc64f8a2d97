// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/client_quirks.h"

#include <va/va.h>

#include <algorithm>
#include <array>

namespace daedalus::va {

namespace {

struct Quirk {
    std::string_view prefix; ///< of the program's name
    uint32_t surfaceFormat;
};

// Gecko imports NV12, P010 and YV12 surfaces (DMABufSurfaceYUV), and decodes by
// itself where FFmpeg got something else.
constexpr std::array<Quirk, 3> kQuirks{{
    {"firefox", VA_FOURCC_NV12},
    {"librewolf", VA_FOURCC_NV12},
    {"thunderbird", VA_FOURCC_NV12},
}};

} // namespace

uint32_t onlySurfaceFormat(std::string_view program)
{
    const auto it = std::ranges::find_if(
        kQuirks, [=](const Quirk &quirk) { return program.starts_with(quirk.prefix); });
    return it != kQuirks.end() ? it->surfaceFormat : 0;
}

} // namespace daedalus::va
