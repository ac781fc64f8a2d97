// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "daedalus/result.h"
#include "daedalus/unique_fd.h"

namespace daedalus::test {

/// A daedalusd that this process has started. Ended, and its workers waited for, at the
/// end.
class DaemonProcess {
public:
    /// Starts daedalusd; does not wait for it.
    explicit DaemonProcess(const std::vector<std::string> &arguments = {});
    DaemonProcess(const DaemonProcess &) = delete;
    DaemonProcess &operator=(const DaemonProcess &) = delete;
    ~DaemonProcess();

    [[nodiscard]] pid_t pid() const { return pid_; }
    /// Waits until it serves. False: it ended, or does not within ten seconds.
    [[nodiscard]] bool waitReady();
    [[nodiscard]] const std::string &readyFile() const { return readyFile_; }
    /// Sends it a signal.
    void signal(int number) const;
    /// Waits for its end; the status as of waitpid(), nothing if it goes on.
    std::optional<int> waitEnd(std::chrono::milliseconds limit = std::chrono::seconds(10));
    /// What it wrote to standard error.
    [[nodiscard]] std::string log() const;
    /// Its workers, spares included.
    [[nodiscard]] std::vector<pid_t> workers() const;
    /// The workers that serve a session: they have a session file.
    [[nodiscard]] std::vector<pid_t> busyWorkers() const;
    /// Whether it has one worker, which is spare, and nothing left to reap.
    [[nodiscard]] bool isIdle() const;

private:
    pid_t pid_ = -1;
    bool reaped_ = false;
    std::string readyFile_;
    std::string logFile_;
};

/// Resident memory of a process without what it shares with others, in KiB.
size_t privateMemoryOf(pid_t pid);

} // namespace daedalus::test
