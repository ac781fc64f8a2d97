// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-bench/report.h"

#include <cerrno>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

#include <spdlog/fmt/fmt.h>

#include "tools/daedalus-bench/bar_plot.h"
#include "tools/daedalus-bench/claims.h"
#include "tools/daedalus-bench/results.h"

namespace daedalus::bench {
namespace {

constexpr double kMilli = 1e3;
constexpr double kMicro = 1e6;
constexpr double kMega = 1e6;
constexpr double kMebibyte = 1024.0 * 1024.0;

constexpr std::string_view kIntroduction =
    R"(<!-- SPDX-License-Identifier: BSD-2-Clause -->
# Performance

Written by `tools/bench --docs`; do not edit. What is compared takes turns: each path has a process
that has decoded the film several times already and decodes it once more when it is its turn, a
fraction of a second after the others. Each time is divided by the one of bare decoding in the same
round, and given is the median of the rounds with the least and the most. Below 1 is faster, less or
better than bare decoding.

| path | what it is |
|---|---|
| bare | libavcodec, for AV1 libdav1d, as programs use it: with frame threads, unless the client waits |
| engine | the decode engine alone: prepared requests, targets in ordinary memory |
| inproc | VA-API (libavcodec's), decoding in the client's process |
| kernel | VA-API (libavcodec's), through the kernel module and the daemon |

Clients have up to five pictures under way, except where they wait for each; bare decoding keeps
four that are complete, as a player does. I420 and I010 are
decoded in place, NV12 takes a pass over chroma, P010 one over everything.

Where the load is above the number of CPUs, wall times say little: look at CPU time and at
instructions. A guest has one CPU; its CPU time is what its processes took of the machine. Each
system call and each switch of processes costs many times more in it than on a real kernel.

The engine's threads work on several pictures, as those of bare decoding do, or within one where
it has slices or wavefronts to share out, and, for a client that waits for each, columns of tiles.
In process, whoever waits for a picture decodes it, unless the driver's own thread does already.

A machine without a DRM node has `inproc` with surfaces in ordinary memory, which no device could
show; the driver and the decoder do the same as ever.
)";

constexpr std::string_view kAboutTextures = R"(
### Frames in a texture

Either libavcodec decodes in software, in one thread, and each plane is uploaded with
glTexSubImage2D; or VA-API decodes, and each plane of the surface is a texture (one EGLImage a plane,
made once). Then both draw 32x32 samples of each plane, from all over it, and read them
back; what they drew was the same, picture by picture, or there would be no table.

The guest has no GPU: OpenGL is Mesa's llvmpipe, whose textures are ordinary memory, so that an
upload is one memcpy of the picture and no more, and next to decoding there is little to be spared. And
there is something to pay for it: as strace shows, Mesa asks the
kernel nine times a picture (DRM_IOCTL_MODE_MAP_DUMB, three times for each plane) where a buffer is
that is not its own, at the price of a guest's system calls. That the pages are not mapped anew each
time, too, takes a mapping of each surface that the benchmark keeps (gbm_bo_map). A GPU has
the pages in its own tables from the import on, and has to fetch or convert what is uploaded. The
next step is to measure that on one.
)";

constexpr std::string_view kAboutTime = R"(
### Where the time goes

In process the decoder is the same libavcodec and executes the same instructions, see the count
below. A profile (perf record -e cpu-clock, of a film without damage) has next to nothing outside of
it but page faults where surfaces are new: for NV12 the interleaving of chroma, then the search for slices and their headers, then
the client's own parser and libva. Differences of a few percent between two runs of the same path are
common on a shared machine, and a surface that the client has shown is colder than one of the
few that bare decoding uses in turn.

Through the module, the request's way comes on top, which is measured by itself (a request without
its decoding). A profile of the machine while the guest plays (perf record -a) has what is more than
with bare decoding in the machine's kernel: stopping and resuming the guest's processes, by which User-Mode
Linux gets its system calls and switches between client and worker. The guest's own kernel, with our
module in it, is a small part. The next step is to measure it on a real kernel.
)";

constexpr std::string_view kAboutWaiting = R"(
With one thread, a client in process decodes on its own thread and waits for nobody. With
several, H.264 and H.265 whose pictures are one slice can only be decoded by threads that work on
pictures that follow each other. Who waits for each has no use for them, but pays: libavcodec lets go
of a picture when its threads were given a packet each, so that packets that change nothing have
to go through the others. VP9 takes threads within the picture for such clients, from the next key
frame on. The next step is to do as much for H.264 and H.265 where one thread is fast enough for
what the stream may become, and what that is, is the question. Bare decoding of H.265 has its threads work
on the wavefronts of one picture, if it has any; libavcodec 59 is not exact then (it forgets deblocking
offsets), which is why the engine has them do so with 61 and later only.

A client of AV1 that waits for each picture pays for frames that are kept for reference twice,
where no slot of the decoder is free: VA-API does not tell which slot they go to, which shows
in the next request only. To guess the slot, and to decode again the frame that was lost by a wrong
guess, as long as its own references are there, would spare most of that.
)";

constexpr std::string_view kAboutRequests = R"(
What a picture costs beside its decoding is system calls, as strace counts them, of a client that
waits for each picture: eight of the client (REINIT and QUEUE of the request, S_EXT_CTRLS, QBUF and
DQBUF of bitstream and picture, one poll) and seven of the worker (poll, read, write, two
DMA_BUF_IOCTL_SYNC, two looks at the clock, which are none on a real kernel). A byte that goes
through pipes takes four. No picture is handed from one of the client's threads to another.

What is left could be fewer if the worker blocked in read() (a poll less), and if bitstream
buffers came back with their pictures (a DQBUF less), which V4L2 does not have.
)";

class Report {
public:
    explicit Report(std::string plots) : plots_(std::move(plots)) {}

    void addClaims(const std::vector<Results> &places) { out_ << claimsTable(places); }

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
        if (auto written = addTextures(results); !written) {
            return written;
        }
        if (auto written = addStreams(results); !written) {
            return written;
        }
        addLatency(results);
        addRoundTrip(results);
        return {};
    }

    [[nodiscard]] std::string text() const { return out_.str(); }

private:
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
            "\n## {}\n\n{}, {}, {} CPUs, libavcodec {}. Rounds: {}. Load average {:.1f} when it "
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
            const Samples ratio = results.ratios(key, key.bare(), "instructions");
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
            const auto ratio = results.ratios(key, key.bare(), "wall");
            const Samples pictures = results.values(key, "pictures");
            out_ << fmt::format("| {} | {} | {} {} | {} | {} | {} |\n", key.film, key.threads,
                                key.path, key.format,
                                spread(results.values(key, "wall"), kMilli / pictures.median(), 2),
                                spread(ratio), spread(results.ratios(key, key.bare(), "cpu")));
            if (key.path != "bare" && !ratio.empty()) {
                bars.push_back({fmt::format("{}, {} threads, {} {}", key.film, key.threads,
                                            key.path, key.format),
                                ratio});
            }
        }
        tell(kAboutTime);
        return plot("time", "wall time / bare decoding", bars, 1);
    }

    Result<void> plot(const std::string &name, const std::string &title,
                      const std::vector<Bar> &bars, double mark)
    {
        if (plots_.empty() || bars.empty()) {
            return {};
        }
        const std::string file = fmt::format("bench-{}-{}.svg", name, number_);
        out_ << fmt::format("\n![{}](img/{})\n", title, file);
        return writeBarPlot(plots_ + '/' + file, title, bars, mark);
    }

    Result<void> addTextures(const Results &results)
    {
        const auto keys = results.keys("texture");
        if (keys.empty()) {
            return {};
        }
        out_ << kAboutTextures
             << "\n| film | path | CPU ms a picture | pictures a second | CPU time / upload | wall "
                "time / upload |\n|---|---|---|---|---|---|---|\n";
        std::vector<Bar> bars;
        for (const auto &key : keys) {
            const double pictures = results.values(key, "pictures").median();
            const auto ratio = results.ratios(key, key.bare(), "cpu");
            const std::string path =
                key.path == "bare" ? "software and upload" : key.path + ' ' + key.format;
            out_ << fmt::format("| {} | {} | {} | {:.0f} | {} | {} |\n", key.film, path,
                                spread(results.values(key, "cpu"), kMilli / pictures, 2),
                                pictures / results.values(key, "wall").median(), spread(ratio),
                                spread(results.ratios(key, key.bare(), "wall")));
            if (key.path != "bare" && !ratio.empty()) {
                bars.push_back({fmt::format("{}, {}", key.film, path), ratio});
            }
        }
        if (const Samples share = shareOfShowing(results); !share.empty()) {
            out_ << fmt::format("\nUpload and drawing together are {} of the CPU time of software "
                                "decoding and upload (median of the films, least and most): what "
                                "the texture takes beyond decoding alone.\n",
                                spread(share));
        }
        return plot("texture", "CPU time / software decoding and upload", bars, 0.9);
    }

    /// Of software decoding and upload, the part that is not decoding; a sample a film.
    static Samples shareOfShowing(const Results &results)
    {
        Samples shares;
        for (const auto &key : results.keys("texture")) {
            Results::Key decoding = key;
            decoding.part = "throughput";
            const Samples without = results.values(decoding, "cpu");
            if (key.path == "bare" && !without.empty()) {
                shares.add(1 - without.median() / results.values(key, "cpu").median());
            }
        }
        return shares;
    }

    Result<void> addStreams(const Results &results)
    {
        const auto keys = results.keys("streams");
        if (keys.empty()) {
            return {};
        }
        out_
            << "\n### Many at once\n\nAs many threads for each as are chosen by default. Total "
               "throughput is compared to that of one stream on the same path.\n\n| film | streams "
               "| path | throughput / one stream | memory of each, MiB |\n|---|---|---|---|---|\n";
        std::vector<Bar> bars;
        for (const auto &key : keys) {
            const Samples gain = throughputGain(results, key);
            out_ << fmt::format(
                "| {} | {} | {} {} | {} | {} |\n", key.film, key.streams, key.path, key.format,
                spread(gain),
                spread(results.values(key, "memory"), 1 / (kMebibyte * key.streams), 1));
            if (key.streams > 1 && !gain.empty()) {
                bars.push_back(
                    {fmt::format("{} streams, {} {}", key.streams, key.path, key.format), gain});
            }
        }
        return plot("streams", "total throughput / one stream", bars, 1);
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
            const double pictures = results.values(key, "pictures").median();
            const Samples over = latencyOverhead(results, key);
            out_ << fmt::format("| {} | {} | {} {} | {} | {} | {} | {} |\n", key.film, key.threads,
                                key.path, key.format,
                                spread(results.values(key, "wall"), kMilli / pictures, 2),
                                spread(results.ratios(key, key.bare(), "wall")),
                                spread(results.ratios(key, key.bare(), "cpu")),
                                over.empty() ? "–" : fmt::format("{:.0f}", over.median()));
        }
        tell(kAboutWaiting);
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
        out_ << kAboutRequests;
    }

    /// Once, however many places there are.
    void tell(std::string_view text)
    {
        if (told_.insert(text).second) {
            out_ << text;
        }
    }

    std::string plots_;
    unsigned number_ = 0;
    std::set<std::string_view> told_;
    std::ostringstream out_;
};

} // namespace

Result<void> writeReport(const ReportOptions &options)
{
    std::vector<Results> places;
    for (const std::string &file : options.files) {
        auto results = Results::read(file);
        if (!results) {
            return tl::unexpected(results.error());
        }
        places.push_back(std::move(*results));
    }
    Report report(options.plots);
    report.addClaims(places);
    for (const Results &results : places) {
        if (auto added = report.add(results); !added) {
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
