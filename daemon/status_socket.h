// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <functional>
#include <string>

#include "daedalus/result.h"
#include "daedalus/unique_fd.h"
#include "daemon/event_loop.h"

namespace daedalus::daemon {

/// A socket that sends a report to each client that connects, and hangs up. It reads nothing
/// from clients and never waits for one. One thread at a time.
class StatusSocket {
public:
    /// Where daedalusctl looks.
    static constexpr const char *kDefaultPath = "/run/daedalus/status";

    /// Listens at @p path, which all users may connect to; the folder is made if it is not
    /// there. A socket that an earlier daemon left at the path is replaced.
    /// @param loop has to outlive this
    /// @param report called for each client
    static Result<std::unique_ptr<StatusSocket>> listen(const std::string &path, EventLoop &loop,
                                                        std::function<std::string()> report);

    StatusSocket(const StatusSocket &) = delete;
    StatusSocket &operator=(const StatusSocket &) = delete;
    /// Removes the path.
    ~StatusSocket();

private:
    StatusSocket(UniqueFd socket, std::string path, EventLoop &loop,
                 std::function<std::string()> report);
    void onClient();

    UniqueFd socket_;
    std::string path_;
    EventLoop &loop_;
    std::function<std::string()> report_;
};

} // namespace daedalus::daemon
