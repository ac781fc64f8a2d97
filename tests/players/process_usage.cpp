// SPDX-License-Identifier: BSD-2-Clause
#include "tests/players/process_usage.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include <malloc.h>

namespace daedalus::test {

size_t openFiles(const std::string &process)
{
    std::error_code error;
    const std::filesystem::directory_iterator entries("/proc/" + process + "/fd", error);
    return static_cast<size_t>(std::distance(begin(entries), end(entries)));
}

size_t settledFiles(size_t wanted)
{
    constexpr int kTries = 60;
    constexpr std::chrono::milliseconds kPause{50};
    for (int i = 0; i < kTries && openFiles() > wanted; ++i) {
        std::this_thread::sleep_for(kPause);
    }
    return openFiles();
}

long residentMemory(const std::string &process)
{
    std::ifstream status("/proc/" + process + "/status");
    std::string line;
    while (std::getline(status, line)) {
        if (line.rfind("VmRSS:", 0) == 0) {
            return std::stol(line.substr(6));
        }
    }
    return 0;
}

long ownMemory()
{
    ::malloc_trim(0);
    return residentMemory("self");
}

} // namespace daedalus::test
