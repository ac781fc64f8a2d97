// SPDX-License-Identifier: BSD-2-Clause
#include "tests/daemon/guest/daemon_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/eventually.h"
#include "tests/support/processes.h"

namespace daedalus::test {

namespace {

using namespace std::chrono_literals;

constexpr const char *kProgram = DAEDALUSD_PATH;

/// In the child: becomes daedalusd.
[[noreturn]] void become(const std::vector<std::string> &arguments, const std::string &logFile)
{
    const int log = ::open(logFile.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(log, STDERR_FILENO);
    std::vector<char *> argv;
    argv.reserve(arguments.size() + 1);
    for (const std::string &argument : arguments) {
        argv.push_back(const_cast<char *>(argument.c_str()));
    }
    argv.push_back(nullptr);
    ::execv(kProgram, argv.data());
    ::_exit(127);
}

bool hasSessionFile(pid_t pid)
{
    std::error_code error;
    for (const auto &entry :
         std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd", error)) {
        const auto target = std::filesystem::read_symlink(entry.path(), error);
        if (target.native().find("daedalus") != std::string::npos &&
            target.native().starts_with("anon_inode")) {
            return true;
        }
    }
    return false;
}

} // namespace

DaemonProcess::DaemonProcess(const std::vector<std::string> &arguments)
{
    static int counter = 0;
    const std::string base =
        "/tmp/daemon-test-" + std::to_string(::getpid()) + "-" + std::to_string(++counter);
    readyFile_ = base + ".ready";
    logFile_ = base + ".log";
    std::vector<std::string> all = {"daedalusd", "--log-level", "debug", "--ready-file",
                                    readyFile_};
    all.insert(all.end(), arguments.begin(), arguments.end());
    pid_ = ::fork();
    if (pid_ == 0) {
        become(all, logFile_);
    }
}

DaemonProcess::~DaemonProcess()
{
    const auto left = workers();
    if (!reaped_) {
        signal(SIGCONT);
        signal(SIGTERM);
        if (!waitEnd(5s)) {
            signal(SIGKILL);
            (void)waitEnd();
        }
    }
    for (const pid_t worker : left) {
        (void)eventually([worker] { return !isAlive(worker); });
    }
    std::error_code error;
    std::filesystem::remove(readyFile_, error);
    std::filesystem::remove(logFile_, error);
}

bool DaemonProcess::waitReady()
{
    return eventually(
               [this] { return std::filesystem::exists(readyFile_) || waitEnd(0ms).has_value(); },
               10s) &&
           !reaped_;
}

void DaemonProcess::signal(int number) const
{
    ::kill(pid_, number);
}

std::optional<int> DaemonProcess::waitEnd(std::chrono::milliseconds limit)
{
    int status = 0;
    if (!reaped_) {
        reaped_ = eventually([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }, limit);
        return reaped_ ? std::optional(status) : std::nullopt;
    }
    return std::nullopt;
}

std::string DaemonProcess::log() const
{
    std::ostringstream text;
    text << std::ifstream(logFile_).rdbuf();
    return text.str();
}

std::vector<pid_t> DaemonProcess::workers() const
{
    std::vector<pid_t> found = childrenOf(pid_);
    std::erase_if(found, [](pid_t child) {
        const auto state = processState(child);
        return !state || state->state == 'Z' || state->name != "daedalus-worker";
    });
    return found;
}

std::vector<pid_t> DaemonProcess::busyWorkers() const
{
    std::vector<pid_t> busy = workers();
    std::erase_if(busy, [](pid_t worker) { return !hasSessionFile(worker); });
    return busy;
}

bool DaemonProcess::isIdle() const
{
    return childrenOf(pid_).size() == 1 && workers().size() == 1 && busyWorkers().empty();
}

size_t privateMemoryOf(pid_t pid)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    std::string word;
    while (file >> word) {
        if (word == "RssAnon:") {
            size_t kilobytes = 0;
            file >> kilobytes;
            return kilobytes;
        }
    }
    return 0;
}

} // namespace daedalus::test
