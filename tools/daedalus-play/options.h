// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tools/common/imported_surface.h"
#include "tools/daedalus-play/video_program.h"

namespace daedalus::play {

enum class OutputKind { Auto, Wayland, Kms, Offscreen };

/// What the user asked for.
struct Options {
    std::vector<std::string> files;
    OutputKind output = OutputKind::Auto;
    std::string device;    ///< DRM node to decode for and draw with; empty: found by itself
    std::string card;      ///< of the screen, for KMS
    std::string connector; ///< likewise
    std::optional<tools::ImportMode> import;
    std::string format;
    std::optional<PixelSize> size; ///< of a window or an offscreen canvas
    bool loop = false;
    bool untimed = false;
    bool osd = false;
    bool verbose = false;
    bool quiet = false;
    uint64_t pictures = 0;
    std::string overlay; ///< PNG
    std::string png;
    std::optional<uint64_t> pngPicture;
    std::string sheet;
    PixelSize sheetGrid{.width = 4, .height = 4};
    uint64_t sheetEvery = 0; ///< 0: spread over the file
    std::string statistics;
    std::string textureList;
};

/// @return what to do, or the exit status where that is done already (--help, an error)
std::variant<Options, int> parseOptions(int argc, char **argv);

} // namespace daedalus::play
