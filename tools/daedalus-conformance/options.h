// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <string>
#include <variant>
#include <vector>

namespace daedalus::conformance {

/// The command line.
struct Options {
    std::vector<std::string> inputs;  ///< files and folders
    std::string index;                ///< of tests/streams/prepare
    std::vector<std::string> codecs;  ///< only these; empty: all
    std::vector<std::string> kinds;   ///< of the index; empty: all
    std::vector<std::string> names;   ///< only streams with one of these in their names
    std::vector<std::string> skip;    ///< not streams with these names
    std::vector<std::string> paths;   ///< empty: all that are available
    std::vector<std::string> formats; ///< empty: see everyFormat
    bool everyFormat = false;         ///< else one for each stream and path, in turns
    unsigned jobs = 2;
    std::chrono::seconds limit{120}; ///< for one client
    bool strict = false;             ///< a stream that is refused is a failure
    std::string json;
    std::string differences; ///< folder for PNGs
    std::string cache;       ///< folder for reference lists
    std::string device = "/dev/dri/renderD128";
    std::string v4l2Decode;
    bool check = false; ///< do nothing but look at the options
    bool progress = false;
    bool quiet = false; ///< only what is not exact in the table
};

/// The options, or the exit status with which to end (0 after --help).
std::variant<Options, int> parseOptions(int argc, char **argv);

} // namespace daedalus::conformance
