// SPDX-License-Identifier: BSD-2-Clause
#include "report.h"

#include <cerrno>
#include <fstream>
#include <iostream>
#include <sstream>

#include <spdlog/fmt/fmt.h>

#include "bar_plot.h"
#include "results.h"

namespace daedalus::bench {
namespace {

constexpr double kMilli = 1e3;
constexpr double kMicro = 1e6;
constexpr double kMega = 1e6;
constexpr double kMebibyte = 1024.0 * 1024.0;

constexpr std::string_view kIntroduction =
    R"(<!-- SPDX-License-Identifier: BSD-2-Clause -->
# Performance

Written by `tools/bench --docs`; do not edit. All ratios are of measurements that took turns in
one run: each is divided by the one of bare decoding in the same repeat, and given as the median
of the repeats with the least and the most. Below 1 is faster, less or better than bare decoding.

| path | what it is |
|---|---|
| bare | libavcodec, for AV1 libdav1d, as programs use it: with frame threads, unless the client waits |
| engine | the decode engine alone: prepared requests, targets in ordinary memory |
| inproc | VA-API (libavcodec's), decoding in the client's process |
| kernel | VA-API (libavcodec's), through the kernel module and the daemon |

Clients have up to five pictures under way, except where they wait for each. I420 and I010 are
decoded in place, NV12 takes a pass over chroma, P010 one over everything.

Where the load is above the number of CPUs, wall times say little: look at CPU time and at
instructions. A guest has one CPU; its CPU time is what its processes took of the machine. Each
system call and each switch of processes costs many times more in it than on a real kernel.

The engine's threads work on several pictures, as those of bare decoding do, or within one where
it has slices, tiles or wavefronts to share out (VP9, H.264 of several slices). Frames in
a texture are not measured yet.
)";

class Report {
public:
    explicit Report(std::string plots) : plots_(std::move(plots)) {}

    Result<void> add(const Results &results)
    {
        ++number_;
        if (!results.keys("instructions").empty()) {
            addInstructions(results);
            return {};
        }
        addMachine(results);
        if (auto written = addRatios(results, "throughput"); !written) {
            return written;
        }
        addStreams(results);
        addLatency(results);
        addRoundTrip(results);
        return {};
    }

    [[nodiscard]] std::string text() const { return out_.str(); }

private:
    static Results::Key bareOf(const Results::Key &key)
    {
        Results::Key base = key;
        base.path = "bare";
        base.format = "-";
        return base;
    }

    static std::string spread(const Samples &samples, double factor = 1, int digits = 3)
    {
        if (samples.empty()) {
            return "–";
        }
        return fmt::format("{:.{}f} ({:.{}f}–{:.{}f})", samples.median() * factor, digits,
                           samples.least() * factor, digits, samples.most() * factor, digits);
    }

    void addMachine(const Results &results)
    {
        const nlohmann::json &machine = results.machine();
        out_ << fmt::format(
            "\n## {}\n\n{}, {}, {} CPUs, libavcodec {}. Repeats: {}. Load average {:.1f} when it "
            "began, {:.1f} when it ended, the benchmark's own included.\n",
            machine.value("place", "?"), machine.value("architecture", "?"),
            machine.value("processor", "?"), machine.value("cpus", 0),
            machine.value("libavcodec", 0U) >> 16, results.repeats(),
            machine.value("load_before", 0.0), machine.value("load_after", 0.0));
    }

    void addInstructions(const Results &results)
    {
        out_ << "\n## Instructions\n\nOf a whole process that decodes a film in one thread, as "
                "Valgrind counts them: the same however busy the machine is, but without what the "
                "kernel does, and with the vector instructions that Valgrind knows.\n\n| film | "
                "path | millions | / bare |\n|---|---|---|---|\n";
        for (const auto &key : results.keys("instructions")) {
            const Samples ratio = results.ratios(key, bareOf(key), "instructions");
            out_ << fmt::format("| {} | {} {} | {:.0f} | {} |\n", key.film, key.path, key.format,
                                results.values(key, "instructions").median() / kMega,
                                ratio.empty() ? "–" : fmt::format("{:.4f}", ratio.median()));
        }
    }

    Result<void> addRatios(const Results &results, const std::string &part)
    {
        const auto keys = results.keys(part);
        if (keys.empty()) {
            return {};
        }
        out_ << "\n### Time of a film\n\n| film | threads | path | ms a picture | wall time / bare "
                "| "
                "CPU time / bare |\n|---|---|---|---|---|---|\n";
        std::vector<Bar> bars;
        for (const auto &key : keys) {
            const auto ratio = results.ratios(key, bareOf(key), "wall");
            const Samples pictures = results.values(key, "pictures");
            out_ << fmt::format("| {} | {} | {} {} | {} | {} | {} |\n", key.film, key.threads,
                                key.path, key.format,
                                spread(results.values(key, "wall"), kMilli / pictures.median(), 2),
                                spread(ratio), spread(results.ratios(key, bareOf(key), "cpu")));
            if (key.path != "bare" && !ratio.empty()) {
                bars.push_back({fmt::format("{}, {} threads, {} {}", key.film, key.threads,
                                            key.path, key.format),
                                ratio});
            }
        }
        return plot("time", "wall time / bare decoding", bars);
    }

    Result<void> plot(const std::string &name, const std::string &title,
                      const std::vector<Bar> &bars)
    {
        if (plots_.empty() || bars.empty()) {
            return {};
        }
        const std::string file = fmt::format("bench-{}-{}.svg", name, number_);
        out_ << fmt::format("\n![{}](img/{})\n", title, file);
        return writeBarPlot(plots_ + '/' + file, title, bars, 1);
    }

    void addStreams(const Results &results)
    {
        const auto keys = results.keys("streams");
        if (keys.empty()) {
            return;
        }
        out_
            << "\n### Many at once\n\nAs many threads for each as are chosen by default. Total "
               "throughput is compared to that of one stream on the same path.\n\n| film | streams "
               "| path | throughput / one stream | memory of each, MiB |\n|---|---|---|---|---|\n";
        for (const auto &key : keys) {
            Results::Key one = key;
            one.streams = 1;
            // Time of N films over that of one: N divided by it is the throughput.
            Samples gain;
            const Samples ratio = results.ratios(key, one, "wall");
            if (!ratio.empty()) {
                gain.add(key.streams / ratio.most());
                gain.add(key.streams / ratio.median());
                gain.add(key.streams / ratio.least());
            }
            out_ << fmt::format(
                "| {} | {} | {} {} | {} | {} |\n", key.film, key.streams, key.path, key.format,
                spread(gain),
                spread(results.values(key, "memory"), 1 / (kMebibyte * key.streams), 1));
        }
    }

    void addLatency(const Results &results)
    {
        const auto keys = results.keys("latency");
        if (keys.empty()) {
            return;
        }
        out_ << "\n### A client that waits for each picture\n\nBare decoding works within one "
                "picture here, too. How much longer than 1.05 of it a picture takes is in the last "
                "column.\n\n| film | threads | path | ms a picture | wall time / bare | CPU time / "
                "bare | over 1.05, µs |\n|---|---|---|---|---|---|---|\n";
        for (const auto &key : keys) {
            const Samples wall = results.values(key, "wall");
            const Samples bare = results.values(bareOf(key), "wall");
            const double pictures = results.values(key, "pictures").median();
            const std::string over =
                bare.empty() || key.path == "bare"
                    ? "–"
                    : fmt::format("{:.0f}",
                                  (wall.median() - 1.05 * bare.median()) / pictures * kMicro);
            out_ << fmt::format("| {} | {} | {} {} | {} | {} | {} | {} |\n", key.film, key.threads,
                                key.path, key.format, spread(wall, kMilli / pictures, 2),
                                spread(results.ratios(key, bareOf(key), "wall")),
                                spread(results.ratios(key, bareOf(key), "cpu")), over);
        }
    }

    void addRoundTrip(const Results &results)
    {
        Samples request;
        Samples pipe;
        for (const auto &key : results.keys("roundtrip")) {
            (key.path == "pipe" ? pipe : request) = results.values(key, "latency/p50");
        }
        if (request.empty() || pipe.empty()) {
            return;
        }
        out_ << fmt::format(
            "\n### A request without its decoding\n\nFrom vaBeginPicture to the end of "
            "vaSyncSurface, through module and a worker that answers at once: {} µs. A byte to "
            "another process and back over pipes: {} µs. That is {:.1f} times as long.\n",
            spread(request, kMicro, 0), spread(pipe, kMicro, 0), request.median() / pipe.median());
    }

    std::string plots_;
    unsigned number_ = 0;
    std::ostringstream out_;
};

} // namespace

Result<void> writeReport(const ReportOptions &options)
{
    Report report(options.plots);
    for (const std::string &file : options.files) {
        const auto results = Results::read(file);
        if (!results) {
            return tl::unexpected(results.error());
        }
        if (auto added = report.add(*results); !added) {
            return added;
        }
    }
    if (options.markdown.empty()) {
        std::cout << report.text();
        return {};
    }
    std::ofstream file(options.markdown);
    file << kIntroduction << report.text();
    return file.flush() ? Result<void>() : fail(EIO, "cannot write " + options.markdown);
}

} // namespace daedalus::bench
