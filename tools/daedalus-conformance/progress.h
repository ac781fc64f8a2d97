// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>

namespace daedalus::conformance {

/// One line on stderr that shows how far things are. May be used by several threads.
class Progress {
public:
    Progress(bool shown, size_t total) : shown_(shown), total_(total) {}
    Progress(const Progress &) = delete;
    Progress &operator=(const Progress &) = delete;
    ~Progress();

    /// A piece of work is done.
    void done(const std::string &what, bool good);

private:
    const bool shown_;
    const size_t total_;
    std::mutex mutex_;
    size_t done_ = 0;
    size_t bad_ = 0;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

} // namespace daedalus::conformance
