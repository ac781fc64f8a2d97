// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-bench/plan.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <thread>

#include <spdlog/fmt/fmt.h>
#include <sys/utsname.h>

#include "tools/daedalus-bench/play_process.h"
#include "tools/daedalus-bench/round_trip.h"

namespace daedalus::bench {
namespace {

/// Rows that a film of 1920x1080 is coded with.
constexpr int kFullHd = 1088;
constexpr std::chrono::milliseconds kPause{20};

/// The format that is decoded to without a copy.
std::string planarFormat(const Film &film)
{
    return film.tenBits() ? "i010" : "i420";
}

/// Formats of surfaces: without copies and, for the time of a film in one thread, the one that most
/// clients ask for.
std::vector<std::string> formatsOf(const Film &film, const Job &job)
{
    if (job.path == "bare") {
        return {"-"};
    }
    if (job.part != "throughput" || job.play.threads != 1) {
        return {planarFormat(film)};
    }
    return {planarFormat(film), film.tenBits() ? "p010" : "nv12"};
}

/// What FFmpeg 5.1 has no VA-API profile for.
bool offered(const Film &film, const std::string &path)
{
    const bool va = path == "inproc" || path == "kernel";
    return !(va && film.tenBits() && film.parameters->codec_id == AV_CODEC_ID_H264);
}

double secondsSince(std::chrono::steady_clock::time_point start)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

class Plan {
public:
    Plan(const RunOptions &options, std::vector<Film> films)
        : options_(options), films_(std::move(films))
    {}

    Result<nlohmann::json> run()
    {
        for (const Film &film : films_) {
            if (!isTiny(film)) {
                measureFilm(film);
            }
            if (wrong_) {
                return tl::unexpected(*wrong_);
            }
        }
        if (wants("roundtrip")) {
            measureRoundTrips();
        }
        return std::move(results_);
    }

private:
    [[nodiscard]] bool wants(const std::string &part) const
    {
        return std::ranges::find(options_.parts, part) != options_.parts.end();
    }

    [[nodiscard]] static bool isTiny(const Film &film) { return film.width() < 64; }

    void measureFilm(const Film &film)
    {
        for (const unsigned threads : options_.threads) {
            takeTurns(film, jobs(film, "throughput", {.threads = threads}));
        }
        // Of larger films the throughput says enough, and what else there is takes long.
        if (film.height() > kFullHd) {
            return;
        }
        for (const unsigned threads : options_.threads) {
            takeTurns(film, jobs(film, "latency", {.threads = threads, .waits = true}));
        }
        takeTurns(film, jobs(film, "texture", {}));
        // One film says as much as all.
        if (&film == films_.data()) {
            for (const Job &job : jobs(film, "streams", {.threads = 0})) {
                takeTurns(film, streams(job));
            }
        }
    }

    /// On each path, to each format; none if the part is not wanted.
    [[nodiscard]] std::vector<Job> jobs(const Film &film, const std::string &part,
                                        const PlayOptions &play) const
    {
        std::vector<Job> all;
        for (const std::string &path : options_.paths) {
            if (!wants(part) || !offered(film, path) || (part == "texture" && path == "engine")) {
                continue;
            }
            Job next = job(part, path, play);
            for (const std::string &format : formatsOf(film, next)) {
                next.play.format = format;
                all.push_back(next);
            }
        }
        return all;
    }

    /// The job, with as many films at once as are wanted.
    [[nodiscard]] std::vector<Job> streams(const Job &job) const
    {
        std::vector<Job> all;
        for (const unsigned streams : options_.streams) {
            if (job.path == "inproc" && streams > options_.mostInProcess) {
                std::cerr << fmt::format("left out, as asked for: {} streams in process\n",
                                         streams);
                continue;
            }
            all.push_back(job);
            all.back().streams = streams;
        }
        return all;
    }

    [[nodiscard]] Job job(const std::string &part, const std::string &path,
                          const PlayOptions &play) const
    {
        return {.part = part,
                .path = path,
                .play = play,
                .streams = 1,
                .account = options_.wholeMachine ? Account::Machine : Account::Process,
                .node = options_.node};
    }

    /// Has the jobs play the film in turns, another one first in each round, so that what else
    /// the machine does is in the way of all alike.
    void takeTurns(const Film &film, const std::vector<Job> &jobs)
    {
        std::vector<std::optional<PlayProcess>> processes;
        for (const Job &job : jobs) {
            std::cerr << fmt::format("{:5.0f} s  {}: {} by {} {}, {} threads, {} streams\n",
                                     secondsSince(start_), film.name, job.part, job.path,
                                     job.play.format, job.play.threads, job.streams);
            auto process = PlayProcess::start(film, job);
            if (process) {
                processes.emplace_back(std::move(*process));
            } else {
                std::cerr << "left out: " << process.error().what() << '\n';
            }
        }
        for (unsigned round = 0; round < options_.repeats; ++round) {
            for (size_t i = 0; i < processes.size(); ++i) {
                play(film, processes[(i + round) % processes.size()], round);
            }
        }
    }

    /// @param process empty from then on if it cannot play
    void play(const Film &film, std::optional<PlayProcess> &process, unsigned round)
    {
        if (!process) {
            return;
        }
        // Frame threads of the one before finish what they work ahead.
        std::this_thread::sleep_for(kPause);
        auto result = process->pass();
        if (!result) {
            std::cerr << "left out: " << result.error().what() << '\n';
            process.reset();
            return;
        }
        (*result)["repeat"] = round;
        compareDrawn(film, *result);
        results_.push_back(std::move(*result));
    }

    /// Pictures of a film are the same on each path, or the measurements are worth nothing.
    void compareDrawn(const Film &film, const nlohmann::json &result)
    {
        if (!result.contains("drawn")) {
            return;
        }
        const std::string drawn = result["drawn"];
        const unsigned round = result["repeat"];
        const auto [known, first] = drawn_.emplace(std::pair(film.name, round), drawn);
        if (!first && known->second != drawn) {
            wrong_ = Error(EIO, film.name + " by " + result.value("path", "") +
                                    ": other pictures than on other paths");
        }
    }

    void measureRoundTrips()
    {
        const auto tiny = std::ranges::find_if(films_, isTiny);
        const auto echo = EchoDaemon::start();
        if (tiny == films_.end() || !echo) {
            std::cerr << "left out: round trips: " << (echo ? "no tiny film" : echo.error().what())
                      << '\n';
            return;
        }
        takeTurns(*tiny, {job("roundtrip", "kernel", {1, true, "nv12"})});
        for (unsigned round = 0; round < options_.repeats; ++round) {
            if (const auto pipe = pipeRoundTrip()) {
                results_.push_back({{"part", "roundtrip"},
                                    {"path", "pipe"},
                                    {"repeat", round},
                                    {"latency", {{"p50", *pipe}}}});
            }
        }
    }

    const RunOptions &options_;
    std::vector<Film> films_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::map<std::pair<std::string, unsigned>, std::string> drawn_; ///< by film and round
    std::optional<Error> wrong_;
    nlohmann::json results_ = nlohmann::json::array();
};

double loadAverage()
{
    double load = 0;
    static_cast<void>(::getloadavg(&load, 1));
    return load;
}

std::string processor()
{
    std::ifstream file("/proc/cpuinfo");
    std::string line;
    while (std::getline(file, line)) {
        const auto colon = line.find(": ");
        if (line.rfind("model name", 0) == 0 && colon != std::string::npos) {
            return line.substr(colon + 2);
        }
    }
    return "unknown";
}

} // namespace

Result<nlohmann::json> runPlan(const RunOptions &options)
{
    std::vector<Film> films;
    for (const std::string &path : options.films) {
        auto film = Film::load(path);
        if (!film) {
            return tl::unexpected(film.error());
        }
        films.push_back(std::move(*film));
    }
    utsname system{};
    ::uname(&system);
    nlohmann::json machine{
        {"place", options.place},          {"architecture", system.machine},
        {"processor", processor()},        {"cpus", std::thread::hardware_concurrency()},
        {"libavcodec", avcodec_version()}, {"load_before", loadAverage()}};
    auto samples = Plan(options, std::move(films)).run();
    if (!samples) {
        return tl::unexpected(samples.error());
    }
    if (samples->empty()) {
        return fail(ENODATA, "nothing could be measured");
    }
    machine["load_after"] = loadAverage();
    return nlohmann::json{{"machine", std::move(machine)}, {"samples", std::move(*samples)}};
}

} // namespace daedalus::bench
