// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-bench/accounting.h"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <thread>

#include <sys/resource.h>
#include <unistd.h>

namespace daedalus::bench {
namespace {

constexpr double kKibibyte = 1024;

/// The number behind @p key in a file of lines "key: number kB"; 0 if it is not there.
double kibibytes(const char *file, const std::string &key)
{
    std::ifstream lines(file);
    std::string line;
    while (std::getline(lines, line)) {
        if (line.rfind(key + ':', 0) == 0) {
            std::istringstream number(line.substr(key.size() + 1));
            double value = 0;
            number >> value;
            return value * kKibibyte;
        }
    }
    return 0;
}

double seconds(const timeval &time)
{
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

/// As the AccountServer says; nothing if it does not within a few seconds.
std::optional<double> askServer(const std::string &folder)
{
    constexpr std::chrono::milliseconds kPause{2};
    constexpr int kTries = 5000;
    static std::atomic<unsigned> questions = 0;
    const std::string name = std::to_string(::getpid()) + '.' + std::to_string(++questions);
    std::ofstream(folder + "/ask." + name).put('?');
    for (int i = 0; i < kTries; ++i) {
        std::this_thread::sleep_for(kPause);
        std::ifstream answer(folder + "/answer." + name);
        double value = 0;
        if (answer >> value) {
            return value;
        }
    }
    return std::nullopt;
}

} // namespace

double cpuSeconds(Account account)
{
    const char *folder = std::getenv("DAEDALUS_BENCH_ACCOUNTS");
    if (account == Account::Machine && folder != nullptr) {
        if (const auto value = askServer(folder)) {
            return *value;
        }
    }
    if (account == Account::Process) {
        rusage usage{};
        ::getrusage(RUSAGE_SELF, &usage);
        return seconds(usage.ru_utime) + seconds(usage.ru_stime);
    }
    // user, nice, system of all CPUs, in ticks
    std::ifstream stat("/proc/stat");
    std::string name;
    double user = 0;
    double nice = 0;
    double system = 0;
    stat >> name >> user >> nice >> system;
    return (user + nice + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double memoryInUse(Account account)
{
    if (account == Account::Process) {
        return kibibytes("/proc/self/smaps_rollup", "Pss");
    }
    return kibibytes("/proc/meminfo", "MemTotal") - kibibytes("/proc/meminfo", "MemAvailable");
}

} // namespace daedalus::bench
