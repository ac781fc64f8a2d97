// SPDX-License-Identifier: BSD-2-Clause
#include <poll.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "daemon/broker.h"
#include "daemon/options.h"
#include "daemon/ready_file.h"

namespace {

using namespace daedalus;
using namespace daedalus::daemon;
using namespace std::chrono_literals;

constexpr auto kHelloTimeout = 5s;
constexpr auto kDevicePollInterval = 250ms;

/// Blocks the signals that end the daemon and returns a signalfd of them.
Result<UniqueFd> catchSignals()
{
    // A worker or client that went away is an error of the write.
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    if (::sigprocmask(SIG_BLOCK, &signals, nullptr) != 0) {
        return failErrno("blocking signals");
    }
    UniqueFd fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!fd) {
        return failErrno("signalfd");
    }
    return fd;
}

std::shared_ptr<spdlog::logger> makeLogger(const std::string &level)
{
    auto logger = spdlog::stderr_color_st("daedalusd");
    logger->set_level(spdlog::level::from_str(level));
    // The journal adds time and process itself.
    const bool journal = std::getenv("JOURNAL_STREAM") != nullptr;
    logger->set_pattern(journal ? "%l: %v" : "%Y-%m-%d %H:%M:%S.%e daedalusd[%P] %^%l%$: %v");
    return logger;
}

bool isMissing(const Error &error)
{
    return error.code() == ENOENT || error.code() == ENODEV || error.code() == ENXIO;
}

/// Opens the control device; waits for it to appear where that is wanted.
/// ECANCELED: a signal came first.
Result<ControlDevice> openDevice(const Options &options, int signals, spdlog::logger &logger)
{
    auto device = ControlDevice::open(options.device, kHelloTimeout);
    if (options.wait && !device && isMissing(device.error())) {
        logger.info("waiting for {}", options.device);
    }
    while (options.wait && !device && isMissing(device.error())) {
        pollfd file{.fd = signals, .events = POLLIN, .revents = 0};
        if (::poll(&file, 1, static_cast<int>(kDevicePollInterval / 1ms)) > 0) {
            return fail(ECANCELED, "ended while waiting for " + options.device);
        }
        device = ControlDevice::open(options.device, kHelloTimeout);
    }
    return device;
}

Result<void> serve(const Options &options, const ProcessTitle &title,
                   const std::shared_ptr<spdlog::logger> &logger)
{
    const auto signals = catchSignals();
    if (!signals) {
        return tl::unexpected(signals.error());
    }
    auto device = openDevice(options, signals->get(), *logger);
    if (!device) {
        return tl::unexpected(device.error());
    }
    const WorkerMainOptions worker{.worker = {.threads = options.threads, .logger = logger},
                                   .brokerPid = ::getpid(),
                                   .title = title};
    auto broker =
        Broker::create(std::move(*device), signals->get(),
                       {.spares = options.spareWorkers, .worker = worker, .logger = logger});
    if (!broker) {
        return tl::unexpected(broker.error());
    }
    if (!options.statusSocket.empty()) {
        if (const auto listening = (*broker)->serveStatus(options.statusSocket); !listening) {
            logger->warn("daedalusctl will not find this daemon: {}", listening.error().what());
        }
    }
    ReadyFile readyFile;
    if (!options.readyFile.empty()) {
        auto created = ReadyFile::create(options.readyFile);
        if (!created) {
            return tl::unexpected(created.error());
        }
        readyFile = std::move(*created);
    }
    logger->info("serving {}", options.device);
    return (*broker)->run();
}

} // namespace

int main(int argc, char **argv)
{
    try {
        const ProcessTitle title(argc, argv);
        const auto parsed = parseOptions(argc, argv);
        if (const int *status = std::get_if<int>(&parsed)) {
            return *status;
        }
        const auto &options = std::get<Options>(parsed);
        const auto logger = makeLogger(options.logLevel);
        if (const auto result = serve(options, title, logger); !result) {
            logger->critical("{}", result.error().what());
            return result.error().code() == ECANCELED ? EXIT_SUCCESS : EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
    } catch (const std::exception &error) {
        std::fprintf(stderr, "daedalusd: %s\n", error.what());
        return EXIT_FAILURE;
    }
}
