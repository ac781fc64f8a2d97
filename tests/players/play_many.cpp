// SPDX-License-Identifier: BSD-2-Clause
//
// Plays many files through VA-API, several at once and many in one process, for tests with
// hundreds of damaged streams. Says of each what became of it; ends with 1 if a process
// crashed or hung, whatever the decoder thought of the streams.

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "tests/players/av_player.h"
#include "tests/players/worker_set.h"

namespace {

using namespace daedalus::test;

struct Settings {
    std::vector<std::string> files;
    std::string device = "/dev/dri/renderD128";
    std::vector<std::string> formats{"nv12", "i420"};
    unsigned jobs = 4;
    unsigned filesPerDisplay = 10;
    unsigned seconds = 20;
};

/// What a worker returns for a file.
enum Verdict : int { kClean = 0, kErrors = 1, kUnreadable = 2, kNoDisplay = 3 };

constexpr std::array<const char *, 4> kVerdicts{"clean", "with errors", "unreadable",
                                                "without a display"};

/// Lives in a worker process: one display for several files, then another one with the
/// next surface format.
class Client {
public:
    explicit Client(const Settings &settings) : settings_(settings) {}

    int play(size_t number)
    {
        if (!device_ || played_ == settings_.filesPerDisplay) {
            if (!reopen()) {
                return kNoDisplay;
            }
        }
        ++played_;
        const auto result =
            daedalus::test::play(settings_.files[number], {.device = device_.get(), .hash = false});
        if (!result) {
            return kUnreadable;
        }
        return result->errors == 0 ? kClean : kErrors;
    }

    void close() { device_.reset(); }

private:
    bool reopen()
    {
        device_.reset();
        played_ = 0;
        const auto &format = settings_.formats[displays_++ % settings_.formats.size()];
        (void)::setenv("DAEDALUS_SURFACE_FORMAT", format.c_str(), 1);
        auto device = openDevice(settings_.device);
        if (!device) {
            std::fprintf(stderr, "%s\n", device.error().what().c_str());
            return false;
        }
        device_ = std::move(*device);
        return true;
    }

    const Settings &settings_;
    daedalus::tools::AvPtr<AVBufferRef> device_;
    unsigned played_ = 0;
    unsigned displays_ = 0;
};

class Report {
public:
    explicit Report(const Settings &settings) : settings_(settings) {}

    void add(size_t number, const Outcome &outcome)
    {
        const std::string name = number < settings_.files.size()
                                     ? settings_.files[number]
                                     : std::string("a client that had done its work");
        switch (outcome.kind) {
        case Outcome::Kind::Done:
            ++verdicts_.at(static_cast<size_t>(outcome.status));
            break;
        case Outcome::Kind::Crashed:
            ++crashed_;
            std::printf("CRASHED (signal %d): %s\n", outcome.status, name.c_str());
            break;
        case Outcome::Kind::Hung:
            ++hung_;
            std::printf("HUNG: %s\n", name.c_str());
            break;
        }
        (void)std::fflush(stdout);
    }

    [[nodiscard]] bool good() const
    {
        return crashed_ == 0 && hung_ == 0 && verdicts_[kNoDisplay] == 0;
    }

    void print() const
    {
        std::printf("%zu files:", settings_.files.size());
        for (size_t i = 0; i < kVerdicts.size(); ++i) {
            std::printf(" %u %s,", verdicts_.at(i), kVerdicts.at(i));
        }
        std::printf(" %u crashed, %u hung\n", crashed_, hung_);
    }

private:
    const Settings &settings_;
    std::array<unsigned, kVerdicts.size()> verdicts_{};
    unsigned crashed_ = 0;
    unsigned hung_ = 0;
};

int run(const Settings &settings)
{
    av_log_set_level(AV_LOG_QUIET);
    Client client(settings);
    Report report(settings);
    const WorkerSet::Callbacks callbacks{
        .work = [&client](size_t number) { return client.play(number); },
        .finish = [&client] { client.close(); },
        .report = [&report](size_t number,
                            const Outcome &outcome) { report.add(number, outcome); }};
    if (!WorkerSet::run(settings.files.size(), settings.jobs,
                        std::chrono::seconds(settings.seconds), callbacks)) {
        std::fprintf(stderr, "play-many: the workers could not be run\n");
        return 2;
    }
    report.print();
    return report.good() ? 0 : 1;
}

} // namespace

int main(int argc, char **argv)
{
    Settings settings;
    CLI::App app{"Plays many files through VA-API and reports crashes and hangs", "play-many"};
    app.add_option("--device", settings.device, "DRM node")->capture_default_str();
    app.add_option("--formats", settings.formats, "surface formats, in turns")
        ->delimiter(',')
        ->capture_default_str();
    app.add_option("--jobs,-j", settings.jobs, "processes at once")
        ->check(CLI::Range(1U, 64U))
        ->capture_default_str();
    app.add_option("--files-per-display", settings.filesPerDisplay)
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--timeout", settings.seconds, "seconds for a file")->capture_default_str();
    app.add_option("FILE", settings.files)->required();
    CLI11_PARSE(app, argc, argv);
    return run(settings);
}
