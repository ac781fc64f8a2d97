// SPDX-License-Identifier: BSD-2-Clause
#include "plan.h"

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

#include "echo_daemon.h"

namespace daedalus::bench {
namespace {

/// Rows that a film of 1920x1080 is coded with.
constexpr int kFullHd = 1088;
/// How often films at once are measured at most.
constexpr unsigned kStreamRepeats = 3;

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
        for (repeat_ = 0; repeat_ < options_.repeats; ++repeat_) {
            for (const Film &film : films_) {
                measureFilm(film);
                if (wrong_) {
                    return tl::unexpected(*wrong_);
                }
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
        if (isTiny(film)) {
            return;
        }
        std::cerr << fmt::format("{:5.0f} s  repeat {} of {}: {}\n", secondsSince(start_),
                                 repeat_ + 1, options_.repeats, film.name);
        for (const unsigned threads : options_.threads) {
            measureAll(film, "throughput", {.threads = threads}, 1);
        }
        // Of larger films the throughput says enough, and what else there is takes long.
        if (film.height() > kFullHd) {
            return;
        }
        for (const unsigned threads : options_.threads) {
            measureAll(film, "latency", {.threads = threads, .waits = true}, 1);
        }
        measureAll(film, "texture", {}, 1);
        // One film says as much as all, and a few repeats of so much work as many of little.
        if (&film == films_.data() && repeat_ < kStreamRepeats) {
            for (const unsigned streams : options_.streams) {
                measureAll(film, "streams", {.threads = 0}, streams);
            }
        }
    }

    /// Another path comes first in each repeat, so that none has the warm machine always.
    void measureAll(const Film &film, const std::string &part, const PlayOptions &play,
                    unsigned streams)
    {
        for (size_t i = 0; wants(part) && i < options_.paths.size(); ++i) {
            const auto &path = options_.paths[(i + repeat_) % options_.paths.size()];
            if (!offered(film, path) || (part == "texture" && path == "engine")) {
                continue;
            }
            Job next = job(part, path, play, streams);
            for (const std::string &format : formatsOf(film, next)) {
                next.play.format = format;
                add(film, next);
            }
        }
    }

    [[nodiscard]] Job job(const std::string &part, const std::string &path, const PlayOptions &play,
                          unsigned streams) const
    {
        return {.part = part,
                .path = path,
                .play = play,
                .streams = streams,
                .account = options_.wholeMachine ? Account::Machine : Account::Process,
                .node = options_.node};
    }

    void add(const Film &film, const Job &job)
    {
        auto result = measure(film, job);
        if (!result) {
            std::cerr << "left out: " << result.error().what() << '\n';
            return;
        }
        (*result)["repeat"] = repeat_;
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
        const auto [known, first] = drawn_.emplace(film.name, drawn);
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
        for (repeat_ = 0; repeat_ < options_.repeats; ++repeat_) {
            add(*tiny, job("roundtrip", "kernel", {1, true, "nv12"}, 1));
            if (const auto pipe = pipeRoundTrip()) {
                results_.push_back({{"part", "roundtrip"},
                                    {"path", "pipe"},
                                    {"repeat", repeat_},
                                    {"latency", {{"p50", *pipe}}}});
            }
        }
    }

    const RunOptions &options_;
    std::vector<Film> films_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    unsigned repeat_ = 0;
    std::map<std::string, std::string> drawn_; ///< of each film
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
