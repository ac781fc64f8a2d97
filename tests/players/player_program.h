// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "tools/common/libav_handles.h"

namespace daedalus::test {

/// What every program that plays files on one VADisplay is told.
struct PlayerSettings {
    std::vector<std::string> files;
    std::string device = "/dev/dri/renderD128"; ///< DRM node
    unsigned seed = 1;
};

/// Adds --device, --seed and FILE to @p app, which writes what it reads to @p settings.
void addPlayerOptions(CLI::App &app, PlayerSettings &settings);

/// Opens the display and calls @p run with it, which borrows it. libavutil is silent.
/// @return the program's exit status: 1, and a line that says why, if the display cannot be
///         opened; 1 if @p run returns false
int runOnDisplay(const PlayerSettings &settings, const std::function<bool(AVBufferRef *)> &run);

} // namespace daedalus::test
