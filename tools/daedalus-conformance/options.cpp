// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-conformance/options.h"

#include <iostream>
#include <thread>

#include <unistd.h>

#include <CLI/CLI.hpp>

#include "tools/common/exit_status.h"

namespace daedalus::conformance {

namespace {

constexpr const char *kDescription =
    "Decodes files, and all files in folders, through Daedalus with the programs that people\n"
    "use, and compares every frame with what libavcodec and libdav1d make of it in software.";

constexpr const char *kFooter =
    "Paths:\n"
    "  va-kernel   ffmpeg -hwaccel vaapi, through the kernel module\n"
    "  va-inproc   ffmpeg -hwaccel vaapi, decoding in ffmpeg's own process\n"
    "  v4l2        v4l2-decode, bare V4L2 requests\n"
    "  gstreamer   gst-launch-1.0 with the v4l2sl* elements\n"
    "  gst-va-kernel, gst-va-inproc: gst-launch-1.0 with the va*dec elements; only if asked for\n"
    "\n"
    "No path can fall back to software unseen: surfaces are demanded and the driver's own\n"
    "statistics are read. Of each stream is said:\n"
    "  exact      every frame was delivered and is what software makes of it\n"
    "  DIFFERENT  it is not; --diff-dir shows the first that differs\n"
    "  refused    the profile is not offered, and (VA-API) the client decoded it in software\n"
    "  FAILED     the client ended with an error, or another decoder was at work\n"
    "  HUNG       the client was killed after the time limit\n"
    "\n"
    "Formats: nv12, i420 (va-*, gstreamer, gst-va-*), p010, i010; for v4l2 also nm12, yu12, ym12, "
    "each\n"
    "alone (buffers of the driver's) or with /dmabuf (our own).\n"
    "\n"
    "Exit status: 0 all is exact (or refused, without --strict), 1 it is not, 2 usage,\n"
    "3 there was nothing to decode or a path cannot be used.";

const std::vector<std::string> kPaths{"va-kernel", "va-inproc",     "v4l2",
                                      "gstreamer", "gst-va-kernel", "gst-va-inproc"};

const std::vector<std::string> kCodecs{"h264", "hevc", "vp8", "vp9", "av1", "mpeg2"};
const std::vector<std::string> kFormats{
    "nv12",        "i420",        "p010",        "i010",        "nm12",        "yu12",       "ym12",
    "nv12/dmabuf", "p010/dmabuf", "i010/dmabuf", "nm12/dmabuf", "yu12/dmabuf", "ym12/dmabuf"};

} // namespace

std::variant<Options, int> parseOptions(int argc, char **argv)
{
    Options options;
    options.jobs = std::max(1U, std::thread::hardware_concurrency());
    options.progress = ::isatty(STDERR_FILENO) != 0;
    unsigned seconds = static_cast<unsigned>(options.limit.count());
    CLI::App app{kDescription, "daedalus-conformance"};
    app.footer(kFooter);
    app.add_option("FILE", options.inputs, "Files, and folders that are searched")
        ->check(CLI::ExistingPath);
    app.add_option("--path", options.paths, "Ways to decode; default: all that are there")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember(kPaths));
    app.add_option("--format", options.formats,
                   "Surface formats; default: one for each stream, in turns")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember(kFormats));
    app.add_flag("--every-format", options.everyFormat, "Each stream in every format");
    app.add_option("--codec", options.codecs, "Only h264, hevc, vp8, vp9, av1 or mpeg2")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember(kCodecs));
    app.add_option("--name", options.names, "Only streams with one of these in their names")
        ->delimiter(',')
        ->allow_extra_args(false);
    app.add_option("--skip", options.skip, "Not the streams with these names")
        ->delimiter(',')
        ->allow_extra_args(false);
    app.add_option("--jobs,-j", options.jobs, "Clients at once")->check(CLI::Range(1U, 64U));
    app.add_option("--timeout", seconds, "Seconds after which a client is killed")
        ->check(CLI::Range(1U, 86400U))
        ->capture_default_str();
    app.add_option("--json", options.json, "Write the results to a file, - is stdout");
    app.add_option("--diff-dir", options.differences,
                   "Write a PNG (expected, got, difference) for each stream that differs");
    app.add_flag("--strict", options.strict, "A stream that is refused is a failure");
    app.add_flag("--quiet,-q", options.quiet, "Only what is not exact, and the sums");
    app.add_option("--cache", options.cache, "Keep what software made of files in this folder");
    app.add_option("--index", options.index, "Streams of an index of tests/streams/prepare");
    app.add_option("--kind", options.kinds, "Of the index: vector, generated or refused")
        ->delimiter(',')
        ->allow_extra_args(false);
    app.add_option("--device", options.device, "DRM node for VA-API")->capture_default_str();
    app.add_option("--v4l2-decode", options.v4l2Decode, "The program; default: ours");
    app.add_flag("--check", options.check, "Only look whether these arguments make sense");
    app.add_flag("--progress,!--no-progress", options.progress,
                 "Show on stderr what is being done; default: on a terminal");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? tools::kExitGood : tools::kExitUsage;
    }
    options.limit = std::chrono::seconds(seconds);
    if (options.inputs.empty() && options.index.empty()) {
        std::cerr << "daedalus-conformance: name files or folders to decode, or try --help\n";
        return tools::kExitUsage;
    }
    if (options.check) {
        return tools::kExitGood;
    }
    return options;
}

} // namespace daedalus::conformance
