// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-bench/measurement.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include <sys/resource.h>

namespace daedalus::bench {
namespace {

/// How often a film is played before it is measured; less often where many are at once, which
/// takes long and is about more than the last percent.
constexpr unsigned kWarmPasses = 3;
constexpr unsigned kWarmPassesOfMany = 1;

using Clock = std::chrono::steady_clock;

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

Result<std::unique_ptr<Screen>> openScreen(const Job &job)
{
    if (job.part != "texture") {
        return std::unique_ptr<Screen>();
    }
    return job.path == "bare" ? openUploadScreen(job.node) : openImportScreen(job.node);
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

} // namespace

Result<Measurement> Measurement::prepare(const Film &film, Job job)
{
    Measurement measurement(film, std::move(job));
    if (auto opened = measurement.open(); !opened) {
        return tl::unexpected(opened.error());
    }
    // Contexts and pools are there after a first pass. But libavcodec takes some surfaces of its
    // pool late (most with AV1), and a page that is touched first costs a fault.
    const unsigned passes = measurement.job_.part == "streams" ? kWarmPassesOfMany : kWarmPasses;
    for (unsigned i = 0; i < passes; ++i) {
        if (auto warm = measurement.play(); !warm) {
            return tl::unexpected(warm.error());
        }
    }
    // Of the machine's memory others take some from now on, whose turn comes later.
    measurement.memory_ = memoryInUse(measurement.job_.account) - measurement.memoryBefore_;
    return measurement;
}

Result<void> Measurement::open()
{
    memoryBefore_ = memoryInUse(job_.account);
    auto screen = openScreen(job_);
    if (!screen) {
        return tl::unexpected(screen.error());
    }
    screen_ = std::move(*screen);
    job_.play.screen = screen_.get();
    for (unsigned i = 0; i < job_.streams; ++i) {
        auto player = openPlayer(film_, job_);
        if (!player) {
            return tl::unexpected(player.error());
        }
        players_.push_back(std::move(*player));
    }
    return {};
}

/// With all players at once.
Result<Pass> Measurement::play()
{
    std::vector<Result<Pass>> passes(players_.size(), Pass());
    std::vector<std::jthread> threads;
    for (size_t i = 1; i < players_.size(); ++i) {
        threads.emplace_back([&, i] { passes[i] = players_[i]->play(); });
    }
    passes[0] = players_[0]->play();
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

nlohmann::json Measurement::describe() const
{
    return {{"part", job_.part},       {"film", film_.name},
            {"path", job_.path},       {"threads", job_.play.threads},
            {"streams", job_.streams}, {"format", job_.play.format},
            {"width", film_.width()},  {"height", film_.height()}};
}

Result<nlohmann::json> Measurement::pass()
{
    rusage before{};
    rusage after{};
    const double cpu = cpuSeconds(job_.account);
    ::getrusage(RUSAGE_SELF, &before);
    const auto start = Clock::now();
    auto pass = play();
    const auto wall = Clock::now() - start;
    ::getrusage(RUSAGE_SELF, &after);
    if (!pass) {
        return tl::unexpected(pass.error());
    }
    auto json = describe();
    json["faults"] = after.ru_minflt - before.ru_minflt;
    json["switches"] = after.ru_nvcsw + after.ru_nivcsw - before.ru_nvcsw - before.ru_nivcsw;
    json["wall"] = seconds(wall);
    json["cpu"] = cpuSeconds(job_.account) - cpu;
    json["pictures"] = pass->pictures;
    json["memory"] = memory_;
    if (screen_) {
        // A number of 64 bits is not what every reader of JSON takes.
        json["drawn"] = std::to_string(screen_->digest());
        json["renderer"] = screen_->renderer();
    }
    if (!pass->latencies.empty()) {
        json["latency"] = percentiles(pass->latencies);
    }
    return json;
}

Result<void> playOnce(const Film &film, const Job &job)
{
    const auto player = openPlayer(film, job);
    if (!player) {
        return tl::unexpected(player.error());
    }
    const auto pass = (*player)->play();
    return pass ? Result<void>() : tl::unexpected(pass.error());
}

} // namespace daedalus::bench
