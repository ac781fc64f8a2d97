// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "daedalus/result.h"
#include "gbm/format_info.h"
#include "tools/common/imported_surface.h"

namespace daedalus::play {

/// What a trial of a format and a way to import it came to.
struct ImportVerdict {
    const gbm::FormatInfo *format = nullptr;
    tools::ImportMode mode = tools::ImportMode::Planes;
    bool works = false;
    std::string why; ///< it does not
};

/// What all trials came to.
struct ImportVerdicts {
    std::vector<ImportVerdict> list;
    /// VaDisplay::vendor() of the display that was tried. It names the memory that surfaces are
    /// made of, and the verdicts hold for no other.
    std::string vendor;
};

/// Finds out which surfaces the machine's EGL really shows, see tryImport(). Graphics drivers
/// may crash on memory that they have not allocated, so it is tried in a child process, which
/// is replaced when it dies. To be called while the process has one thread and no EGL.
/// @param eglNode,vaNode DRM nodes to draw with and to decode for
/// @param wanted says which trials to make; empty: all of them
/// @return verdicts for all formats; an Error where there is no display at all
Result<ImportVerdicts>
checkImports(const std::string &eglNode, const std::string &vaNode,
             const std::function<bool(const gbm::FormatInfo &, tools::ImportMode)> &wanted = {});

} // namespace daedalus::play
