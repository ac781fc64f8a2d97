// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/service_notifier.h"

#include <systemd/sd-daemon.h>

namespace daedalus::daemon {

ServiceNotifier::ServiceNotifier() : next_(Clock::now())
{
    uint64_t limit = 0;
    if (::sd_watchdog_enabled(0, &limit) > 0) {
        // Twice as often as needed, as sd_watchdog_enabled(3) recommends.
        interval_ = std::chrono::microseconds(limit / 2);
    }
}

void ServiceNotifier::ready()
{
    ::sd_notify(0, "READY=1");
}

void ServiceNotifier::stopping()
{
    ::sd_notify(0, "STOPPING=1");
}

void ServiceNotifier::status(const std::string &text)
{
    ::sd_notify(0, ("STATUS=" + text).c_str());
}

void ServiceNotifier::keepAlive()
{
    const auto now = Clock::now();
    if (interval_.count() == 0 || now < next_) {
        return;
    }
    ::sd_notify(0, "WATCHDOG=1");
    next_ = now + interval_;
}

std::optional<ServiceNotifier::Clock::time_point> ServiceNotifier::nextDeadline() const
{
    if (interval_.count() == 0) {
        return std::nullopt;
    }
    return next_;
}

} // namespace daedalus::daemon
