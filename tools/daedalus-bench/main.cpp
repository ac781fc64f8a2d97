// SPDX-License-Identifier: BSD-2-Clause
#include <cerrno>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
extern "C" {
#include <libavutil/log.h>
}

#include "tools/daedalus-bench/accounting.h"
#include "tools/daedalus-bench/measurement.h"
#include "tools/daedalus-bench/plan.h"

namespace {

using namespace daedalus;
using namespace daedalus::bench;

/// daedalus-bench once
struct OnceOptions {
    std::string film;
    Job job;
};

/// daedalus-bench serve-accounts
struct ServeOptions {
    std::string folder;
    std::vector<std::string> command;
};

constexpr const char *kDescription =
    "Measures what decoding through Daedalus costs over decoding with libavcodec and libdav1d\n"
    "alone. tools/bench runs it where it has to run, and makes the films.";

constexpr const char *kFooter =
    "Paths:\n"
    "  bare     libavcodec, or libdav1d\n"
    "  engine   the decode engine alone, from prepared requests to ordinary memory\n"
    "  inproc   VA-API, decoding in the client's process\n"
    "  kernel   VA-API, through the kernel module and the daemon\n"
    "Parts:\n"
    "  throughput  time and CPU time of a film, with several pictures under way\n"
    "  latency     time of one picture, of a client that waits for each\n"
    "  texture     time and CPU time of a film whose pictures are drawn with OpenGL: by bare\n"
    "              decoding and upload, or from the surfaces\n"
    "  streams     1 to 16 films at once: total throughput, and memory\n"
    "  roundtrip   a request without its decoding, and a byte between two processes; the\n"
    "              daemon must not run\n";

const std::vector<std::string> kPaths{"bare", "engine", "inproc", "kernel"};
const std::vector<std::string> kParts{"throughput", "latency", "texture", "streams", "roundtrip"};

void addRun(CLI::App &app, RunOptions &options)
{
    CLI::App *run = app.add_subcommand("run", "measure, and write JSON");
    run->add_option("films", options.films, "films to decode")
        ->required()
        ->check(CLI::ExistingFile);
    run->add_option("--part", options.parts, "what to measure")
        ->required()
        ->delimiter(',')
        ->check(CLI::IsMember(kParts));
    run->add_option("--path", options.paths, "on which paths")
        ->required()
        ->delimiter(',')
        ->check(CLI::IsMember(kPaths));
    run->add_option("--threads", options.threads, "decoder threads")->delimiter(',');
    run->add_option("--streams", options.streams, "films at once")->delimiter(',');
    run->add_option("--most-in-process", options.mostInProcess,
                    "films at once that are decoded in one process: one of User-Mode Linux can "
                    "map no more pages than the machine's vm.max_map_count, if they are scattered");
    run->add_option("--repeats", options.repeats, "of each measurement")->check(CLI::Range(1, 100));
    run->add_flag("--whole-machine", options.wholeMachine,
                  "count CPU time and memory of all processes: nothing else may run");
    run->add_option("--node", options.node,
                    "render node; none: without any device, which the path inproc can do");
    run->add_option("--place", options.place, "what to call this machine in the report");
    run->add_option("--json", options.json, "results")->required();
}

void addOnce(CLI::App &app, OnceOptions &options)
{
    CLI::App *once = app.add_subcommand("once", "decode a film once, for a profiler to look at");
    once->add_option("film", options.film, "film")->required()->check(CLI::ExistingFile);
    once->add_option("--path", options.job.path, "on which path")
        ->required()
        ->check(CLI::IsMember(kPaths));
    once->add_option("--threads", options.job.play.threads, "decoder threads");
    once->add_option("--format", options.job.play.format, "of surfaces");
    once->add_option("--node", options.job.node, "render node");
    once->add_flag("--waits", options.job.play.waits, "wait for each picture");
}

CLI::App *addServe(CLI::App &app, ServeOptions &options)
{
    CLI::App *serve = app.add_subcommand("serve-accounts",
                                         "run a guest whose benchmark asks here for its CPU time");
    serve->add_option("folder", options.folder, "where both can write")
        ->required()
        ->check(CLI::ExistingDirectory);
    return serve->prefix_command();
}

Result<void> execute(const RunOptions &options)
{
    const auto results = runPlan(options);
    if (!results) {
        return tl::unexpected(results.error());
    }
    std::ofstream file(options.json);
    file << results->dump(1) << '\n';
    return file.flush() ? Result<void>() : fail(EIO, "cannot write " + options.json);
}

Result<void> execute(const OnceOptions &options)
{
    const auto film = Film::load(options.film);
    return film ? playOnce(*film, options.job) : tl::unexpected(film.error());
}

Result<void> execute(const ServeOptions &options)
{
    return serveAccounts(options.folder, options.command);
}

/// @returns the exit status
int start(int argc, char **argv)
{
    CLI::App app(kDescription, "daedalus-bench");
    app.footer(kFooter);
    app.require_subcommand(1);
    RunOptions run;
    OnceOptions once;
    once.job.node = run.node;
    ServeOptions serve;
    addRun(app, run);
    addOnce(app, once);
    CLI::App *serving = addServe(app, serve);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        constexpr int kUsage = 2;
        return app.exit(error) == 0 ? 0 : kUsage;
    }
    serve.command = serving->remaining();
    av_log_set_level(AV_LOG_ERROR);
    const auto result = app.got_subcommand(serving) ? execute(serve)
                        : app.got_subcommand("run") ? execute(run)
                                                    : execute(once);
    if (!result) {
        std::cerr << "daedalus-bench: " << result.error().what() << '\n';
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

} // namespace

int main(int argc, char **argv)
{
    try {
        return start(argc, argv);
    } catch (const std::exception &error) {
        std::cerr << "daedalus-bench: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
