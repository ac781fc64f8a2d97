// SPDX-License-Identifier: BSD-2-Clause
#include "measurement.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <thread>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "accounting.h"
#include "daedalus/unique_fd.h"

namespace daedalus::bench {
namespace {

constexpr unsigned kRoundTrips = 4000;
/// How often a film is played before it is measured; less often where many are at once, which
/// takes long and is about more than the last percent.
constexpr unsigned kWarmPasses = 3;
constexpr unsigned kWarmPassesOfMany = 1;
/// Seconds after which a measurement is given up: many times what the longest takes, on a machine
/// with much else to do.
constexpr unsigned kLongest = 240;

using Clock = std::chrono::steady_clock;
using Players = std::vector<std::unique_ptr<Player>>;

double seconds(Clock::duration duration)
{
    return std::chrono::duration<double>(duration).count();
}

Result<std::unique_ptr<Player>> openPlayer(const Film &film, const Job &job)
{
    if (job.path == "bare") {
        return openBare(film, job.play);
    }
    if (job.path == "engine") {
        return openEngine(film, job.play);
    }
    ::setenv("DAEDALUS_BACKEND", job.path.c_str(), 1);
    ::setenv("DAEDALUS_THREADS", std::to_string(job.play.threads).c_str(), 1);
    return openVa(film, job.play, job.node);
}

/// Plays with all players at once.
Result<Pass> playAll(Players &players, Player::Ending ending)
{
    std::vector<Result<Pass>> passes(players.size(), Pass());
    std::vector<std::jthread> threads;
    for (size_t i = 1; i < players.size(); ++i) {
        threads.emplace_back([&, i] { passes[i] = players[i]->play(ending); });
    }
    passes[0] = players[0]->play(ending);
    threads.clear();
    Pass total;
    for (auto &pass : passes) {
        if (!pass) {
            return tl::unexpected(pass.error());
        }
        total.pictures += pass->pictures;
        total.latencies.insert(total.latencies.end(), pass->latencies.begin(),
                               pass->latencies.end());
    }
    return total;
}

nlohmann::json describe(const Film &film, const Job &job)
{
    return {{"part", job.part},       {"film", film.name},
            {"path", job.path},       {"threads", job.play.threads},
            {"streams", job.streams}, {"format", job.play.format},
            {"width", film.width()},  {"height", film.height()}};
}

nlohmann::json percentiles(std::vector<std::chrono::nanoseconds> &samples)
{
    std::sort(samples.begin(), samples.end());
    const auto at = [&](size_t percent) {
        const size_t rank = (samples.size() * percent + 99) / 100;
        return seconds(samples[std::max<size_t>(rank, 1) - 1]);
    };
    return {{"p50", at(50)}, {"p90", at(90)}, {"p99", at(99)}};
}

Result<Players> openAll(const Film &film, const Job &job)
{
    Players players;
    for (unsigned i = 0; i < job.streams; ++i) {
        auto player = openPlayer(film, job);
        if (!player) {
            return tl::unexpected(player.error());
        }
        players.push_back(std::move(*player));
    }
    return players;
}

/// Where the job's pictures are shown; null where they are not.
Result<std::unique_ptr<Screen>> openScreen(const Job &job)
{
    if (job.part != "texture") {
        return std::unique_ptr<Screen>();
    }
    return job.path == "bare" ? openUploadScreen(job.node) : openImportScreen(job.node);
}

Result<nlohmann::json> run(const Film &film, Job job)
{
    const double memoryBefore = memoryInUse(job.account);
    const auto screen = openScreen(job);
    if (!screen) {
        return tl::unexpected(screen.error());
    }
    job.play.screen = screen->get();
    auto players = openAll(film, job);
    if (!players) {
        return tl::unexpected(players.error());
    }
    // Contexts and pools are there after a first pass. But libavcodec takes some surfaces of its
    // pool late (most with AV1), and a page that is touched first costs a fault.
    const unsigned warmPasses = job.part == "streams" ? kWarmPassesOfMany : kWarmPasses;
    for (unsigned pass = 0; pass < warmPasses; ++pass) {
        if (auto warm = playAll(*players, Player::Ending::Repeated); !warm) {
            return tl::unexpected(warm.error());
        }
    }
    rusage before{};
    rusage after{};
    const double cpu = cpuSeconds(job.account);
    ::getrusage(RUSAGE_SELF, &before);
    const auto start = Clock::now();
    auto pass = playAll(*players, Player::Ending::Last);
    const auto wall = Clock::now() - start;
    ::getrusage(RUSAGE_SELF, &after);
    if (!pass) {
        return tl::unexpected(pass.error());
    }
    auto json = describe(film, job);
    json["faults"] = after.ru_minflt - before.ru_minflt;
    json["switches"] = after.ru_nvcsw + after.ru_nivcsw - before.ru_nvcsw - before.ru_nivcsw;
    json["wall"] = seconds(wall);
    json["cpu"] = cpuSeconds(job.account) - cpu;
    json["pictures"] = pass->pictures;
    json["memory"] = memoryInUse(job.account) - memoryBefore;
    if (*screen) {
        // A number of 64 bits is not what every reader of JSON takes.
        json["drawn"] = std::to_string((*screen)->digest());
        json["renderer"] = (*screen)->renderer();
    }
    if (!pass->latencies.empty()) {
        json["latency"] = percentiles(pass->latencies);
    }
    return json;
}

/// Everything that comes out of @p fd until its end.
std::string readAll(int fd)
{
    std::string text;
    std::array<char, 4096> piece{};
    ssize_t got = 0;
    while ((got = ::read(fd, piece.data(), piece.size())) > 0) {
        text.append(piece.data(), static_cast<size_t>(got));
    }
    return text;
}

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

/// What became of a process, of its wait status.
std::string ending(int status)
{
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        return "did not end within " + std::to_string(kLongest) + " seconds";
    }
    if (WIFSIGNALED(status)) {
        return "was ended by signal " + std::to_string(WTERMSIG(status));
    }
    return "ended with status " + std::to_string(WEXITSTATUS(status));
}

[[noreturn]] void childOf(const Film &film, const Job &job, int out)
{
    // Ends the process: what hangs is left out, and does not keep the others from being measured.
    ::alarm(kLongest);
    const auto result = run(film, job);
    const std::string text =
        result ? result->dump() : nlohmann::json{{"error", result.error().what()}}.dump();
    const bool written =
        ::write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::_exit(written ? EXIT_SUCCESS : EXIT_FAILURE);
}

} // namespace

Result<nlohmann::json> measure(const Film &film, const Job &job)
{
    auto pipe = makePipe();
    if (!pipe) {
        return tl::unexpected(pipe.error());
    }
    const pid_t child = ::fork();
    if (child < 0) {
        return failErrno("fork");
    }
    if (child == 0) {
        childOf(film, job, pipe->write.get());
    }
    pipe->write.reset();
    auto json = nlohmann::json::parse(readAll(pipe->read.get()), nullptr, false);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (json.is_discarded() || !json.is_object()) {
        return fail(EIO, film.name + " by " + job.path + ", " + job.part + ", " +
                             std::to_string(job.streams) + " streams, " +
                             std::to_string(job.play.threads) + " threads: " + ending(status));
    }
    if (json.contains("error")) {
        return fail(EIO, job.path + ": " + json["error"].get<std::string>());
    }
    return json;
}

Result<void> playOnce(const Film &film, const Job &job)
{
    auto players = openAll(film, job);
    if (!players) {
        return tl::unexpected(players.error());
    }
    const auto pass = playAll(*players, Player::Ending::Last);
    return pass ? Result<void>() : tl::unexpected(pass.error());
}

Result<double> pipeRoundTrip()
{
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
        times.push_back(seconds(Clock::now() - start));
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
