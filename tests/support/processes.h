// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace daedalus::test {

/// What /proc/PID/stat tells.
struct ProcessState {
    std::string name; ///< as set by PR_SET_NAME
    char state = 'X'; ///< 'Z': zombie
    pid_t parent = 0;
};

/// Nothing where there is no such process.
inline std::optional<ProcessState> processState(pid_t pid)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    std::getline(file, text);
    // The name stands in parentheses and may contain anything, these included.
    const size_t open = text.find('(');
    const size_t close = text.rfind(')');
    if (open == std::string::npos || close == std::string::npos) {
        return std::nullopt;
    }
    ProcessState state{.name = text.substr(open + 1, close - open - 1)};
    std::istringstream rest(text.substr(close + 1));
    rest >> state.state >> state.parent;
    return state;
}

/// Processes whose parent is @p pid, zombies included, oldest number first.
inline std::vector<pid_t> childrenOf(pid_t pid)
{
    std::vector<pid_t> found;
    for (const auto &entry : std::filesystem::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        pid_t number = 0;
        const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
        if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) {
            continue;
        }
        const auto state = processState(number);
        if (state && state->parent == pid) {
            found.push_back(number);
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

/// Whether the process exists and is no zombie.
inline bool isAlive(pid_t pid)
{
    const auto state = processState(pid);
    return state && state->state != 'Z';
}

/// Files that a process has open: of a PID, or "self".
inline size_t openFiles(const std::string &process = "self")
{
    std::error_code error;
    const std::filesystem::directory_iterator files("/proc/" + process + "/fd", error);
    return static_cast<size_t>(std::distance(begin(files), end(files)));
}

} // namespace daedalus::test
