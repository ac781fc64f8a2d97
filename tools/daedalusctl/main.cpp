// SPDX-License-Identifier: BSD-2-Clause
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <sstream>
#include <thread>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "tools/daedalusctl/status_client.h"
#include "tools/daedalusctl/status_table.h"

namespace {

using namespace daedalus;
using namespace daedalus::ctl;

constexpr const char *kDefaultSocket = "/run/daedalus/status";
/// Clears the terminal and goes to its first line.
constexpr const char *kClear = "\033[H\033[2J";
constexpr int kUsage = 2;

struct Options {
    std::string socket = kDefaultSocket;
    bool json = false;
    double interval = 1;
    unsigned count = 0; ///< rounds of top, 0: for ever
};

int complain(const Error &error)
{
    std::cerr << "daedalusctl: " << error.what() << '\n';
    return EXIT_FAILURE;
}

int showStatus(const Options &options)
{
    const auto status = readStatus(options.socket);
    if (!status) {
        return complain(status.error());
    }
    if (options.json) {
        std::cout << status->dump(2) << '\n';
    } else {
        printStatus(std::cout, *status, nullptr, 0);
    }
    return EXIT_SUCCESS;
}

int showTop(const Options &options)
{
    using Clock = std::chrono::steady_clock;
    const bool terminal = ::isatty(STDOUT_FILENO) == 1;
    nlohmann::json before;
    auto last = Clock::now();
    for (unsigned round = 0; options.count == 0 || round < options.count; ++round) {
        if (round > 0) {
            std::this_thread::sleep_for(std::chrono::duration<double>(options.interval));
        }
        auto status = readStatus(options.socket);
        if (!status) {
            return complain(status.error());
        }
        const auto now = Clock::now();
        std::ostringstream screen;
        printStatus(screen, *status, before, std::chrono::duration<double>(now - last).count());
        std::cout << (terminal ? kClear : "") << screen.str() << std::flush;
        before = std::move(*status);
        last = now;
    }
    return EXIT_SUCCESS;
}

int run(int argc, char **argv)
{
    Options options;
    CLI::App app("Shows what the Daedalus decoding daemon does.", "daedalusctl");
    app.set_version_flag("--version", "daedalusctl " DAEDALUS_VERSION);
    app.require_subcommand(1);
    app.footer("Exit status: 0, 1 where the daemon cannot be asked, 2 usage.");
    app.add_option("--socket", options.socket, "Where the daemon tells its status")
        ->capture_default_str();
    CLI::App *status = app.add_subcommand("status", "the sessions and their counters, once");
    status->add_flag("--json", options.json, "for programs");
    CLI::App *top = app.add_subcommand("top", "the same again and again, with frames a second");
    top->add_option("--interval", options.interval, "seconds from one to the next")
        ->check(CLI::Range(0.1, 3600.0))
        ->capture_default_str();
    top->add_option("--count", options.count, "how often (0: until interrupted)")
        ->capture_default_str();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? EXIT_SUCCESS : kUsage;
    }
    return status->parsed() ? showStatus(options) : showTop(options);
}

} // namespace

int main(int argc, char **argv)
{
    try {
        return run(argc, argv);
    } catch (const std::exception &error) {
        std::cerr << "daedalusctl: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
