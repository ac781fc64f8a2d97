// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <string_view>

namespace daedalus::va {

/// The only surface format that a program can use, although it lets FFmpeg choose
/// among all that are offered.
/// @param program name of the executable, without folders
/// @returns VA_FOURCC_*, or 0 where nothing is known to go wrong
uint32_t onlySurfaceFormat(std::string_view program);

} // namespace daedalus::va
