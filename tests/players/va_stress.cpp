// SPDX-License-Identifier: BSD-2-Clause
//
// What one process can do to a VADisplay: a thousand contexts one after the other, eight
// threads with contexts of their own, random seeks. Every frame has to be what software
// decoding gives, and nothing may be left behind. Ends with 1 if anything is wrong.

#include <atomic>
#include <cstdio>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/players/av_player.h"
#include "tests/players/player_program.h"
#include "tests/players/process_usage.h"

namespace {

using namespace daedalus::test;

struct Settings : PlayerSettings {
    unsigned contexts = 0; ///< that are made and destroyed
    unsigned threads = 0;  ///< that play at once
    unsigned seeks = 0;    ///< in each file
};

constexpr unsigned kFramesAfterSeek = 5;
constexpr unsigned kWarmUp = 50;
/// Caches fill; what grows with each context is far beyond this.
constexpr long kMemoryAllowed = 16L << 10;

bool same(const std::string &file, const daedalus::Result<Played> &got,
          const daedalus::Result<Played> &want, const char *what)
{
    if (got && want && *got == *want && !want->frames.empty()) {
        return true;
    }
    std::printf("%s: %s is not exact: %zu frames, %u errors, of %zu frames\n", file.c_str(), what,
                got ? got->frames.size() : 0, got ? got->errors : 0,
                want ? want->frames.size() : 0);
    return false;
}

/// Each file in turn, its first frame only: a context each.
bool manyContexts(const Settings &settings, AVBufferRef *device)
{
    std::vector<daedalus::Result<Played>> wanted;
    for (const std::string &file : settings.files) {
        wanted.push_back(play(file, {.device = nullptr, .hash = true, .maxFrames = 1}));
    }
    bool good = true;
    size_t files = 0;
    long kilobytes = 0;
    for (unsigned i = 0; i < settings.contexts; ++i) {
        const size_t number = i % settings.files.size();
        const auto got =
            play(settings.files[number], {.device = device, .hash = true, .maxFrames = 1});
        good = same(settings.files[number], got, wanted[number], "a context") && good;
        if (i + 1 == kWarmUp) {
            files = openFiles();
            kilobytes = ownMemory();
        }
    }
    std::printf("%u contexts: %zu open files after %u, %zu at the end; %ld and %ld KiB\n",
                settings.contexts, files, kWarmUp, openFiles(), kilobytes, ownMemory());
    if (openFiles() > files || ownMemory() > kilobytes + kMemoryAllowed) {
        std::printf("contexts leave files or memory behind\n");
        good = false;
    }
    return good;
}

bool manyThreads(const Settings &settings, AVBufferRef *device)
{
    std::vector<daedalus::Result<Played>> wanted;
    for (const std::string &file : settings.files) {
        wanted.push_back(play(file, {}));
    }
    std::atomic<bool> good{true};
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < settings.threads; ++i) {
        threads.emplace_back([&, number = i % settings.files.size()] {
            for (int round = 0; round < 2; ++round) {
                const auto got = play(settings.files[number], {.device = device});
                if (!same(settings.files[number], got, wanted[number], "a thread's stream")) {
                    good = false;
                }
            }
        });
    }
    threads.clear();
    std::printf("%u threads on one display\n", settings.threads);
    return good;
}

bool manySeeks(const Settings &settings, AVBufferRef *device)
{
    std::mt19937 random(settings.seed);
    std::uniform_real_distribution<double> part(0.01, 0.95);
    bool good = true;
    for (const std::string &file : settings.files) {
        unsigned exact = 0;
        for (unsigned i = 0; i < settings.seeks; ++i) {
            PlayOptions options{.maxFrames = kFramesAfterSeek, .from = part(random)};
            const auto want = play(file, options);
            options.device = device;
            exact += same(file, play(file, options), want, "a seek") ? 1 : 0;
        }
        std::printf("%s: %u of %u seeks exact\n", file.c_str(), exact, settings.seeks);
        good = good && exact == settings.seeks;
    }
    return good;
}

} // namespace

int main(int argc, char **argv)
{
    Settings settings;
    CLI::App app{"Contexts, threads and seeks on one VADisplay", "va-stress"};
    addPlayerOptions(app, settings);
    app.add_option("--contexts", settings.contexts, "contexts to make and destroy");
    app.add_option("--threads", settings.threads, "threads that play at once");
    app.add_option("--seeks", settings.seeks, "random seeks in each file");
    CLI11_PARSE(app, argc, argv);
    return runOnDisplay(settings, [&](AVBufferRef *device) {
        bool good = settings.contexts == 0 || manyContexts(settings, device);
        good = (settings.threads == 0 || manyThreads(settings, device)) && good;
        return (settings.seeks == 0 || manySeeks(settings, device)) && good;
    });
}
