// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "daedalus/unique_fd.h"

namespace daedalus::test {

/// A service manager's end of sd_notify(3).
class NotifySocket {
public:
    NotifySocket();
    NotifySocket(const NotifySocket &) = delete;
    NotifySocket &operator=(const NotifySocket &) = delete;
    ~NotifySocket();

    /// What NOTIFY_SOCKET has to be.
    [[nodiscard]] const std::string &path() const { return path_; }
    /// Waits for the message @p text; others before it are dropped.
    bool hears(std::string_view text,
               std::chrono::milliseconds limit = std::chrono::milliseconds(5000));
    /// Drops what has come.
    void forgetAll();

private:
    std::string path_;
    UniqueFd socket_;
};

} // namespace daedalus::test
