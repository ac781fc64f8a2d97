// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace daedalus::daemon {

/// Tells the service manager the daemon's state (sd_notify). Does nothing where there is no
/// service manager.
class ServiceNotifier {
public:
    using Clock = std::chrono::steady_clock;

    ServiceNotifier();

    /// Start-up is done.
    void ready();
    /// The daemon is about to end.
    void stopping();
    /// The line that systemctl status shows.
    void status(const std::string &text);
    /// Feeds the watchdog if that is due. To be called at nextDeadline() at the latest.
    void keepAlive();
    /// When keepAlive() is due; nothing where there is no watchdog.
    [[nodiscard]] std::optional<Clock::time_point> nextDeadline() const;

private:
    std::chrono::microseconds interval_{0}; ///< zero: no watchdog
    Clock::time_point next_;
};

} // namespace daedalus::daemon
