// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "daedalus/result.h"

namespace daedalus::conformance {

/// A program to run.
struct Command {
    std::vector<std::string> arguments;             ///< the program first; looked for in PATH
    std::map<std::string, std::string> environment; ///< added to ours; an empty value unsets
};

/// How a program ended.
struct Ended {
    int status = 0;        ///< exit status, or 128 + signal
    bool timedOut = false; ///< it was killed after the limit
    std::string errors;    ///< the last of what it wrote to stderr
};

/// Takes pieces of standard output as they come. Returning false ends the program.
using OutputSink = std::function<bool(std::span<const uint8_t>)>;

/// Runs a program to its end, with an empty standard input.
/// @param limit from start to end; then it is killed
/// @return an Error if it cannot be started
Result<Ended> runProcess(const Command &command, std::chrono::seconds limit,
                         const OutputSink &output);

/// Splits what a sink gets into lines.
class LineSplitter {
public:
    explicit LineSplitter(std::function<void(std::string_view)> take) : take_(std::move(take)) {}

    void add(std::span<const uint8_t> bytes);

private:
    std::function<void(std::string_view)> take_;
    std::string rest_;
};

} // namespace daedalus::conformance
