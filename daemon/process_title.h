// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <span>
#include <string_view>

namespace daedalus::daemon {

/// The memory in which ps and top look for a process's command line.
class ProcessTitle {
public:
    /// No memory is known: set() does nothing.
    ProcessTitle() = default;
    /// Finds it by main()'s arguments, which set() overwrites.
    ProcessTitle(int argc, char **argv);

    /// Replaces the command line, shortened where there is no room.
    void set(std::string_view title) const;

private:
    std::span<char> area_;
};

} // namespace daedalus::daemon
