// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-bench/accounting.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <thread>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace daedalus::bench {
namespace {

namespace fs = std::filesystem;

constexpr double kKibibyte = 1024;
constexpr double kNano = 1e-9;
constexpr std::chrono::milliseconds kPause{2};

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

/// As serveAccounts() says; nothing if it does not within a few seconds.
std::optional<double> askServer(const std::string &folder)
{
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

/// The parent of a process; 0 if it is gone.
pid_t parentOf(const std::string &process)
{
    std::ifstream file("/proc/" + process + "/stat");
    std::string text;
    std::getline(file, text);
    // pid (name) state parent; names may hold anything.
    const auto end = text.rfind(") ");
    return end == std::string::npos ? 0 : std::atoi(text.c_str() + end + 4);
}

/// Seconds that a process has run, all its threads; 0 if it is gone.
double runTime(pid_t process)
{
    clockid_t clock{};
    timespec time{};
    if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
        return 0;
    }
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * kNano;
}

double runTimeOfDescendants()
{
    std::multimap<pid_t, pid_t> children;
    std::error_code error;
    for (const auto &entry : fs::directory_iterator("/proc", error)) {
        const std::string name = entry.path().filename();
        if (std::ranges::all_of(name, [](unsigned char c) { return std::isdigit(c) != 0; })) {
            children.emplace(parentOf(name), std::atoi(name.c_str()));
        }
    }
    double total = 0;
    std::vector<pid_t> open{::getpid()};
    while (!open.empty()) {
        const pid_t parent = open.back();
        open.pop_back();
        const auto [first, last] = children.equal_range(parent);
        for (auto child = first; child != last; ++child) {
            total += runTime(child->second);
            open.push_back(child->second);
        }
    }
    return total;
}

void answerAll(const fs::path &folder)
{
    constexpr std::string_view kAsk = "ask.";
    std::error_code error;
    for (const auto &entry : fs::directory_iterator(folder, error)) {
        const std::string name = entry.path().filename();
        if (name.rfind(kAsk, 0) != 0) {
            continue;
        }
        const fs::path incomplete = folder / ("new." + name);
        std::ofstream(incomplete) << std::fixed << runTimeOfDescendants() << '\n';
        fs::remove(entry.path(), error);
        fs::rename(incomplete, folder / ("answer." + name.substr(kAsk.size())), error);
    }
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

Result<void> serveAccounts(const std::string &folder, const std::vector<std::string> &command)
{
    const pid_t child = ::fork();
    if (child < 0) {
        return failErrno("fork");
    }
    if (child == 0) {
        std::vector<char *> arguments;
        for (const std::string &argument : command) {
            arguments.push_back(const_cast<char *>(argument.c_str()));
        }
        arguments.push_back(nullptr);
        ::execvp(arguments[0], arguments.data());
        constexpr int kNotFound = 127;
        ::_exit(kNotFound);
    }
    int status = 0;
    while (::waitpid(child, &status, WNOHANG) == 0) {
        answerAll(folder);
        std::this_thread::sleep_for(kPause);
    }
    return status == 0 ? Result<void>() : fail(EIO, "the guest failed");
}

} // namespace daedalus::bench
