// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-bench/echo_daemon.h"

#include <csignal>
#include <cstdlib>
#include <thread>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daedalus_v4l2_proto.h"
#include "daemon/control_device.h"
#include "daemon/message_channel.h"

namespace daedalus::bench {
namespace {

constexpr const char *kDevice = "/dev/daedalus-v4l2";
constexpr std::chrono::seconds kHelloLimit{5};

void waitFor(int fd)
{
    pollfd entry{fd, POLLIN, 0};
    static_cast<void>(::poll(&entry, 1, -1));
}

/// Answers a session's requests until it is closed.
void serveSession(UniqueFd file)
{
    daemon::MessageChannel session(std::move(file));
    while (auto message = session.read()) {
        if (!*message) {
            waitFor(session.fd());
        } else if ((*message)->type == DAEDALUS_MSG_REQ_DECODE) {
            const daedalus_resp_frame answer{.status = 0, .bytes_copied = 0};
            static_cast<void>(session.write(DAEDALUS_MSG_RESP_FRAME, (*message)->cookie, answer));
        } else if ((*message)->type == DAEDALUS_MSG_PING) {
            static_cast<void>(session.answerPing(**message));
        }
    }
}

[[noreturn]] void serve(daemon::ControlDevice device)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (auto message = device.read()) {
        if (!*message) {
            waitFor(device.fd());
        } else if ((*message)->type == DAEDALUS_MSG_PING) {
            static_cast<void>(device.answerPing(**message));
        } else if (const auto open = payloadAs<daedalus_session_open>(**message);
                   (*message)->type == DAEDALUS_MSG_SESSION_OPEN && open) {
            if (auto session = device.takeSession(open->session_id)) {
                std::thread(serveSession, std::move(*session)).detach();
            }
        }
    }
    ::_exit(EXIT_FAILURE);
}

} // namespace

Result<EchoDaemon> EchoDaemon::start()
{
    auto device = daemon::ControlDevice::open(kDevice, kHelloLimit);
    if (!device) {
        return tl::unexpected(device.error());
    }
    const pid_t child = ::fork();
    if (child < 0) {
        return failErrno("fork");
    }
    if (child == 0) {
        serve(std::move(*device));
    }
    return EchoDaemon(child);
}

EchoDaemon::~EchoDaemon()
{
    if (child_ > 0) {
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
}

} // namespace daedalus::bench
