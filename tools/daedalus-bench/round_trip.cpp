// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-bench/round_trip.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>
#include <vector>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daedalus/unique_fd.h"
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

constexpr unsigned kRoundTrips = 4000;

struct Pipe {
    UniqueFd read;
    UniqueFd write;
};

Result<Pipe> makePipe()
{
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) {
        return failErrno("pipe");
    }
    return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
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

Result<double> pipeRoundTrip()
{
    using Clock = std::chrono::steady_clock;
    auto there = makePipe();
    auto back = makePipe();
    if (!there || !back) {
        return tl::unexpected(!there ? there.error() : back.error());
    }
    const pid_t child = ::fork();
    if (child < 0) {
        return failErrno("fork");
    }
    char byte = 0;
    if (child == 0) {
        there->write.reset();
        while (::read(there->read.get(), &byte, 1) == 1 &&
               ::write(back->write.get(), &byte, 1) == 1) {
        }
        ::_exit(EXIT_SUCCESS);
    }
    std::vector<double> times;
    for (unsigned i = 0; i < kRoundTrips; ++i) {
        const auto start = Clock::now();
        if (::write(there->write.get(), &byte, 1) != 1 || ::read(back->read.get(), &byte, 1) != 1) {
            break;
        }
        times.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    }
    there->write.reset();
    ::waitpid(child, nullptr, 0);
    if (times.size() < kRoundTrips) {
        return fail(EIO, "the other end of a pipe is gone");
    }
    std::nth_element(times.begin(), times.begin() + kRoundTrips / 2, times.end());
    return times[kRoundTrips / 2];
}

} // namespace daedalus::bench
