// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/broker.h"

#include <spdlog/spdlog.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "daemon/status_report.h"

namespace daedalus::daemon {

Broker::Broker(ControlDevice device, int signals, EventLoop loop, WorkerPool::Options options)
    : logger_(options.logger), device_(std::move(device)), signals_(signals),
      loop_(std::move(loop)), pool_(loop_, std::move(options))
{}

Result<std::unique_ptr<Broker>> Broker::create(ControlDevice device, int signals,
                                               WorkerPool::Options options)
{
    auto loop = EventLoop::create();
    if (!loop) {
        return tl::unexpected(loop.error());
    }
    std::unique_ptr<Broker> broker(
        new Broker(std::move(device), signals, std::move(*loop), std::move(options)));
    if (auto result = broker->watchFiles(); !result) {
        return tl::unexpected(result.error());
    }
    return broker;
}

Result<void> Broker::watchFiles()
{
    auto result = loop_.add(signals_, EPOLLIN, [this](uint32_t /*events*/) { onSignal(); });
    if (!result) {
        return result;
    }
    return loop_.add(device_.fd(), EPOLLIN, [this](uint32_t /*events*/) { onDevice(); });
}

Result<void> Broker::serveStatus(const std::string &path)
{
    auto socket = StatusSocket::listen(path, loop_, [this] { return statusReport(pool_); });
    if (!socket) {
        return tl::unexpected(socket.error());
    }
    status_ = std::move(*socket);
    return {};
}

Result<void> Broker::run()
{
    pool_.maintain();
    notifier_.ready();
    notifier_.status("0 sessions");
    while (!stopping_) {
        if (auto result = loop_.runOnce(nextDeadline()); !result) {
            return result;
        }
        pool_.maintain();
        notifier_.keepAlive();
        notifySessionCount();
    }
    notifier_.stopping();
    pool_.shutdown();
    return outcome_;
}

std::optional<EventLoop::Clock::time_point> Broker::nextDeadline() const
{
    const auto pool = pool_.nextDeadline();
    const auto watchdog = notifier_.nextDeadline();
    if (pool && watchdog) {
        return std::min(*pool, *watchdog);
    }
    return pool ? pool : watchdog;
}

void Broker::onSignal()
{
    signalfd_siginfo info{};
    if (::read(signals_, &info, sizeof(info)) == sizeof(info)) {
        logger_->info("{}: ending", ::strsignal(static_cast<int>(info.ssi_signo)));
        stopping_ = true;
    }
}

void Broker::onDevice()
{
    // One message a round: signals and workers get their turn, however busy it is.
    auto message = device_.read();
    Result<void> result;
    if (!message) {
        result = tl::unexpected(message.error());
    } else if (*message) {
        result = handle(**message);
    }
    if (!result) {
        stopping_ = true;
        outcome_ = fail(result.error().code(), "control device: " + result.error().what());
    }
}

Result<void> Broker::handle(const Message &message)
{
    switch (message.type) {
    case DAEDALUS_MSG_SESSION_OPEN:
        if (const auto open = payloadAs<daedalus_session_open>(message)) {
            openSession(message.cookie, *open);
            return {};
        }
        return fail(EMSGSIZE, "a SESSION_OPEN message of the wrong length");
    case DAEDALUS_MSG_SESSION_CLOSE:
        if (const auto close = payloadAs<daedalus_session_close>(message)) {
            closeSession(*close);
            return {};
        }
        return fail(EMSGSIZE, "a SESSION_CLOSE message of the wrong length");
    case DAEDALUS_MSG_PING:
        return device_.answerPing(message);
    case DAEDALUS_MSG_PONG:
        return {};
    default:
        return fail(EPROTO, "a message of unknown type " + std::to_string(message.type));
    }
}

void Broker::openSession(uint32_t cookie, const daedalus_session_open &open)
{
    if (const auto prepared = pool_.ensureSpare(); !prepared) {
        refuse(cookie, open.session_id, prepared.error());
        return;
    }
    auto session = device_.takeSession(open.session_id);
    if (!session) {
        if (session.error().code() == ENOENT) {
            logger_->debug("session {} was closed before it began", open.session_id);
        } else {
            refuse(cookie, open.session_id, session.error());
        }
        return;
    }
    const Assignment assignment{.sessionId = open.session_id, .codec = open.codec};
    if (const auto assigned = pool_.assign(assignment, std::move(*session)); !assigned) {
        // The session's file is closed by now, which tells the kernel.
        logger_->error("session {}: {}", open.session_id, assigned.error().what());
    }
}

void Broker::refuse(uint32_t cookie, uint32_t sessionId, const Error &error)
{
    logger_->error("session {} refused: {}", sessionId, error.what());
    const auto written = device_.refuseSession(cookie, sessionId, error.code());
    if (!written && written.error().code() != ENOENT) {
        logger_->error("refusing session {}: {}", sessionId, written.error().what());
    }
}

void Broker::closeSession(const daedalus_session_close &close)
{
    switch (close.reason) {
    case DAEDALUS_CLOSE_TIMEOUT:
        logger_->error("session {}: its worker made no progress", close.session_id);
        break;
    case DAEDALUS_CLOSE_PROTOCOL:
        logger_->error("session {}: its worker broke the protocol", close.session_id);
        break;
    default:
        logger_->debug("session {} is closed", close.session_id);
        pool_.sessionClosed(close.session_id, WorkerPool::SessionEnd::Regular);
        return;
    }
    pool_.sessionClosed(close.session_id, WorkerPool::SessionEnd::Misbehaved);
}

void Broker::notifySessionCount()
{
    const size_t sessions = pool_.sessionCount();
    if (sessions != notifiedSessions_) {
        notifiedSessions_ = sessions;
        notifier_.status(std::to_string(sessions) + (sessions == 1 ? " session" : " sessions"));
    }
}

} // namespace daedalus::daemon
