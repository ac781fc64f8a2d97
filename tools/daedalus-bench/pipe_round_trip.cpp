// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-bench/pipe_round_trip.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include "daedalus/unique_fd.h"

namespace daedalus::bench {
namespace {

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
