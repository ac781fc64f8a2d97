// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>
#include <variant>

namespace daedalus::daemon {

/// The daemon's command line.
struct Options {
    std::string device;        ///< control device
    unsigned threads = 0;      ///< decoder threads of a worker, 0: as many as there are CPUs
    unsigned spareWorkers = 1; ///< workers forked ahead of need
    std::string logLevel = "info";
    std::string readyFile;    ///< empty: none
    std::string statusSocket; ///< empty: none
    bool wait = false;        ///< for the device to appear
};

/// Parses the command line. Prints help, version or what is wrong, and returns the
/// exit status, where there is nothing to run.
std::variant<Options, int> parseOptions(int argc, char **argv);

} // namespace daedalus::daemon
