// SPDX-License-Identifier: BSD-2-Clause
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <optional>

#include <unistd.h>

extern "C" {
#include <libavutil/log.h>
}

#include "tools/common/exit_status.h"
#include "tools/common/statistics_file.h"
#include "tools/daedalus-play/options.h"
#include "tools/daedalus-play/player.h"
#include "tools/daedalus-play/session.h"

namespace {

using namespace daedalus;
using namespace daedalus::play;

/// Set by signals, hence not a member of anything.
std::atomic<bool> stopRequested{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void requestStop(int /*signal*/)
{
    stopRequested = true;
}

/// Has the VA driver write its line of statistics, to the file that the user named or to one that
/// is gone afterwards. To be made before the driver is loaded, in a process with one thread.
class DriverStatistics {
public:
    DriverStatistics()
    {
        const char *named = std::getenv(tools::kStatisticsVariable);
        path_ = named != nullptr && *named != '\0' ? named : own_.emplace().path();
        ::setenv(tools::kStatisticsVariable, path_.c_str(), 1);
    }

    /// To be called when the VADisplay is gone. Null where the driver writes none.
    [[nodiscard]] nlohmann::json read() const { return tools::readStatistics(path_); }

private:
    std::optional<tools::StatisticsFile> own_;
    std::string path_;
};

void complain(const std::string &what)
{
    std::cerr << "daedalus-play: " << what << '\n';
}

void printSetup(const Options &options, Session &session)
{
    if (options.quiet) {
        return;
    }
    std::cerr << "output    " << session.output().description() << '\n'
              << "drawing   " << session.egl().renderer() << '\n'
              << "decoding  " << session.va().vendor() << '\n';
    for (const unsigned depth : {8U, 10U}) {
        const gbm::FormatInfo *format = session.choice().formatFor(depth);
        const auto mode = format != nullptr ? session.choice().modeFor(*format) : std::nullopt;
        std::cerr << (depth == 8 ? "surfaces   8 bits: " : "surfaces  10 bits: ")
                  << (mode ? std::string(format->name) + ", " + std::string(tools::describe(*mode))
                           : std::string("cannot be shown"))
                  << '\n';
    }
    if (options.verbose) {
        for (const std::string &line : session.choice().report()) {
            std::cerr << "  " << line << '\n';
        }
    }
}

/// One line that is written over again and again.
void printProgress(const std::string &text)
{
    std::cerr << "\r\033[K" << text << std::flush;
}

bool writeStatistics(const std::string &file, const Statistics &statistics)
{
    const std::string text = toJson(statistics).dump(2) + "\n";
    if (file == "-") {
        std::cout << text << std::flush;
        return static_cast<bool>(std::cout);
    }
    std::ofstream stream(file);
    stream << text;
    stream.close();
    if (!stream) {
        complain(file + ": cannot be written");
    }
    return static_cast<bool>(stream);
}

void printSummary(const Statistics &statistics)
{
    for (const StreamStatistics &stream : statistics.streams) {
        std::cerr << stream.file << ": " << stream.codec << ", " << stream.width << "x"
                  << stream.height << ", " << stream.format << ", " << stream.shown
                  << " pictures shown, " << stream.dropped << " dropped, " << stream.errors
                  << " damaged\n";
    }
    std::cerr << statistics.drawn << " composed in " << statistics.seconds << " s, CPU "
              << statistics.cpuSeconds << " s; " << statistics.surfaces << " surfaces imported as "
              << statistics.images << " images, " << statistics.imagesLate
              << " of them while playing; ";
    if (statistics.bytesCopied) {
        std::cerr << *statistics.bytesCopied << " bytes copied\n";
    } else {
        std::cerr << "the driver does not tell what it copied\n";
    }
}

/// Plays, and fills @p statistics as far as they are known while the driver is loaded.
int play(const Options &options, Statistics &statistics)
{
    auto session = Session::create(options);
    if (!session) {
        complain(session.error().what());
        return tools::kExitSetup;
    }
    printSetup(options, **session);
    auto streams = (*session)->openStreams();
    if (!streams) {
        complain(streams.error().what());
        return tools::kExitBad;
    }
    auto observers = (*session)->makeObservers(*streams->front());
    if (!observers) {
        complain(observers.error().what());
        return tools::kExitSetup;
    }
    Player::Settings settings{.untimed = options.untimed,
                              .osd = options.osd,
                              .pictures = options.pictures,
                              .progress = {}};
    const bool progress = !options.quiet && ::isatty(STDERR_FILENO) != 0;
    if (progress) {
        settings.progress = &printProgress;
    }
    Player player((*session)->output(), (*session)->compositor(), std::move(*streams),
                  std::move(*observers), std::move(settings));
    const auto played = player.run(stopRequested);
    if (progress) {
        std::cerr << '\n';
    }
    std::vector<std::string> failures;
    player.report(statistics, failures);
    const SurfaceTextures &textures = (*session)->compositor().textures();
    statistics.surfaces = textures.surfaces();
    statistics.images = textures.imagesMade();
    statistics.imagesLate = textures.imagesMadeLate();
    statistics.output = (*session)->output().description();
    statistics.renderer = (*session)->egl().renderer();
    statistics.vaDriver = (*session)->va().vendor();
    for (StreamStatistics &stream : statistics.streams) {
        for (const gbm::FormatInfo &format : gbm::FormatInfo::all()) {
            const auto mode = (*session)->choice().modeFor(format);
            if (format.name == stream.format && mode) {
                stream.import = tools::describe(*mode);
            }
        }
    }
    if (!played) {
        failures.push_back(played.error().what());
    }
    for (const std::string &failure : failures) {
        complain(failure);
    }
    return failures.empty() ? tools::kExitGood : tools::kExitBad;
}

int run(const Options &options)
{
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        static_cast<void>(std::signal(number, &requestStop));
    }
    if (!options.verbose) {
        ::av_log_set_level(AV_LOG_FATAL);
    }
    const DriverStatistics driver;
    Statistics statistics;
    const ModuleCounter module;
    const int status = play(options, statistics);
    if (status == tools::kExitSetup) {
        return status;
    }
    statistics.cpuSeconds = cpuSeconds();
    statistics.driver = driver.read();
    if (statistics.driver.is_object() &&
        statistics.driver.value("bytes_copied", nlohmann::json()).is_number_unsigned()) {
        statistics.bytesCopied = statistics.driver["bytes_copied"].get<uint64_t>();
    } else {
        statistics.bytesCopied = module.copied();
    }
    if (!options.quiet) {
        printSummary(statistics);
    }
    if (!options.statistics.empty() && !writeStatistics(options.statistics, statistics)) {
        return tools::kExitBad;
    }
    return status;
}

} // namespace

int main(int argc, char **argv)
{
    try {
        const auto options = daedalus::play::parseOptions(argc, argv);
        if (const int *status = std::get_if<int>(&options)) {
            return *status;
        }
        return run(std::get<daedalus::play::Options>(options));
    } catch (const std::exception &error) {
        complain(error.what());
        return daedalus::tools::kExitSetup;
    }
}
