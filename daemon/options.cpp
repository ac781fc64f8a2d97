// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/options.h"

#include <CLI/CLI.hpp>

#include "daedalus_v4l2_proto.h"
#include "daemon/status_socket.h"

namespace daedalus::daemon {

namespace {

constexpr unsigned kMaxThreads = 64;
constexpr unsigned kMaxSpares = 64;

} // namespace

std::variant<Options, int> parseOptions(int argc, char **argv)
{
    Options options;
    options.device = "/dev/" DAEDALUS_CONTROL_DEVICE;
    options.statusSocket = StatusSocket::kDefaultPath;

    CLI::App app("Decodes for the daedalus_v4l2 kernel module: a broker and one worker process "
                 "for each stream.",
                 "daedalusd");
    app.set_version_flag("--version", "daedalusd " DAEDALUS_VERSION);
    app.add_option("--device", options.device, "Control device")->capture_default_str();
    app.add_option("--threads", options.threads,
                   "Decoder threads of each worker, 0: as many as there are CPUs for it")
        ->check(CLI::Range(0U, kMaxThreads))
        ->envname("DAEDALUS_THREADS")
        ->capture_default_str();
    app.add_option("--spare-workers", options.spareWorkers, "Workers to fork ahead of need")
        ->check(CLI::Range(1U, kMaxSpares))
        ->capture_default_str();
    app.add_option("--log-level", options.logLevel, "What to report")
        ->check(CLI::IsMember({"trace", "debug", "info", "warning", "error", "critical", "off"}))
        ->capture_default_str();
    app.add_option("--ready-file", options.readyFile,
                   "File to create once the module answers; removed at the end");
    app.add_option("--status-socket", options.statusSocket,
                   "Where daedalusctl finds the counters; empty: nowhere")
        ->capture_default_str();
    app.add_flag("--wait", options.wait, "Wait for the device to appear");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error);
    }
    return options;
}

} // namespace daedalus::daemon
