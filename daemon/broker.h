// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <memory>

#include "daedalus/result.h"
#include "daemon/control_device.h"
#include "daemon/event_loop.h"
#include "daemon/service_notifier.h"
#include "daemon/status_socket.h"
#include "daemon/worker_pool.h"

namespace spdlog {
class logger;
}

namespace daedalus::daemon {

/// Owns the control device and hands its sessions to workers. Never looks at what
/// a client sent: no bitstream, no control, no buffer.
///
/// One thread at a time.
class Broker {
public:
    /// @param device opened, its protocol version negotiated
    /// @param signals a signalfd of the signals that end the daemon; not owned
    static Result<std::unique_ptr<Broker>> create(ControlDevice device, int signals,
                                                  WorkerPool::Options options);

    /// Serves until a signal ends it. An Error means that the device is lost.
    Result<void> run();

    /// Serves the status report to all users on a socket at @p path. Clients are served
    /// without it, too.
    Result<void> serveStatus(const std::string &path);

private:
    Broker(ControlDevice device, int signals, EventLoop loop, WorkerPool::Options options);

    Result<void> watchFiles();
    void onSignal();
    void onDevice();
    Result<void> handle(const Message &message);
    void openSession(uint32_t cookie, const daedalus_session_open &open);
    void closeSession(const daedalus_session_close &close);
    void refuse(uint32_t cookie, uint32_t sessionId, const Error &error);
    /// Tells the service manager how many sessions there are, where that changed.
    void notifySessionCount();
    [[nodiscard]] std::optional<EventLoop::Clock::time_point> nextDeadline() const;

    std::shared_ptr<spdlog::logger> logger_;
    ControlDevice device_;
    int signals_;
    EventLoop loop_;
    WorkerPool pool_;
    std::unique_ptr<StatusSocket> status_;
    ServiceNotifier notifier_;
    size_t notifiedSessions_ = 0;
    bool stopping_ = false;
    Result<void> outcome_;
};

} // namespace daedalus::daemon
