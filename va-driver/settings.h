// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "daedalus/result.h"

namespace daedalus::va {

/// Which backend decodes.
enum class BackendChoice {
    Auto,   ///< the kernel module if it is there, else in this process
    Kernel, ///< the kernel module, or nothing
    InProcess,
};

/// What the DAEDALUS_* environment variables say, see docs/va-driver.md.
struct Settings {
    BackendChoice backend = BackendChoice::Auto; ///< DAEDALUS_BACKEND
    std::string surfaceProvider;                 ///< DAEDALUS_SURFACE_PROVIDER, empty: the best
    /// VA_FOURCC_* of DAEDALUS_SURFACE_FORMAT, else what the client needs; 0: any
    uint32_t surfaceFormat = 0;
    std::string logLevel = "warning"; ///< DAEDALUS_LOG, see createLogger()
    std::string statsFile;            ///< DAEDALUS_STATS, empty: none
    unsigned threads = 0;             ///< DAEDALUS_THREADS, 0: as many as CPUs

    /// Reads the environment (not in a set-user-id program). EINVAL: a variable
    /// has a value that it cannot have; the Error names both.
    static Result<Settings> fromEnvironment();
};

/// The only surface format that a program can use, although it lets FFmpeg choose
/// among all that are offered.
/// @param program name of the executable, without folders
/// @returns VA_FOURCC_*, or 0 where nothing is known to go wrong
uint32_t onlySurfaceFormat(std::string_view program);

} // namespace daedalus::va
