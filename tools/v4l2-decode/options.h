// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

#include "v4l2/v4l2_queue.h"

namespace daedalus::v4l2decode {

/// What is done with decoded pictures.
enum class OutputKind {
    None,     ///< decode only
    Md5,      ///< one hash of everything
    FrameMd5, ///< a hash of each frame
    File,     ///< planar samples to a file
};

/// The command line of v4l2-decode.
struct Options {
    std::string device; ///< video node, empty: look for ours
    v4l2::V4l2Memory memory = v4l2::V4l2Memory::Mmap;
    uint32_t captureFormat = 0; ///< V4L2_PIX_FMT_*; 0: NV12 or P010, as the stream is
    unsigned inFlight = 4;
    OutputKind output = OutputKind::None;
    std::string outputPath;
    bool decodeOrder = false;
    bool timing = false;
    uint64_t frames = 0; ///< 0: all
    unsigned repeat = 1;
    unsigned seek = 0; ///< requests after which to start over, 0: never
    std::chrono::milliseconds timeout{5000};
    std::string input;
};

/// The options, or the exit status with which to end (0 after --help).
std::variant<Options, int> parseOptions(int argc, char **argv);

} // namespace daedalus::v4l2decode
