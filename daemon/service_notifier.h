// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace daedalus::daemon {

/// Tells the service manager how the daemon is (sd_notify). Does nothing where
/// none asked.
class ServiceNotifier {
public:
    using Clock = std::chrono::steady_clock;

    ServiceNotifier();

    /// Start-up is done.
    void ready();
    /// The daemon is about to end.
    void stopping();
    /// One line for people.
    void status(const std::string &text);
    /// Feeds the watchdog if it is time. To be called by nextDeadline() at the latest.
    void keepAlive();
    /// When keepAlive() is due; nothing where there is no watchdog.
    [[nodiscard]] std::optional<Clock::time_point> nextDeadline() const;

private:
    std::chrono::microseconds interval_{0}; ///< zero: no watchdog
    Clock::time_point next_;
};

} // namespace daedalus::daemon
