// SPDX-License-Identifier: BSD-2-Clause
//
// Plays streams of all kinds on one VADisplay for a long time, several at once, a new context
// for each. Every frame has to be what software decoding gives, and memory and open files have
// to stay what they are. Ends with 1 if anything is wrong.

#include <algorithm>
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
    unsigned long frames = 2000;
    unsigned players = 3; ///< at once
    unsigned parts = 4;   ///< of the frames; each has to end where the first did
    int watch = 0;        ///< another process whose memory and files are printed, too
};

/// Heaps of several threads differ with what was last in them; what grows with each context or
/// frame is far beyond this.
constexpr long kMemoryAllowed = 16L << 10;

class Soak {
public:
    Soak(const Settings &settings, AVBufferRef *device) : settings_(settings), device_(device) {}

    bool run()
    {
        for (const std::string &file : settings_.files) {
            const auto wanted = play(file, {});
            if (!wanted || wanted->frames.empty()) {
                std::printf("%s: software decodes nothing of it\n", file.c_str());
                return false;
            }
            wanted_.push_back(*wanted);
        }
        size_t files = 0;
        long kilobytes = 0;
        const unsigned parts = settings_.parts;
        for (unsigned part = 0; part < parts && good_; ++part) {
            playUntil(settings_.frames / parts * (part + 1), settings_.seed * parts + part);
            const size_t open = settledFiles(part == 0 ? 0 : files);
            const long used = ownMemory();
            print(open, used);
            if (part == 0) {
                files = open;
                kilobytes = used;
            } else if (open != files || used > kilobytes + kMemoryAllowed) {
                std::printf("files or memory are left behind\n");
                good_ = false;
            }
        }
        return good_ && frames_ >= settings_.frames / parts * parts;
    }

private:
    void print(size_t open, long used) const
    {
        std::printf("%lu frames, %lu contexts: %zu open files, %ld KiB", frames_.load(),
                    contexts_.load(), open, used);
        if (settings_.watch != 0) {
            const std::string process = std::to_string(settings_.watch);
            std::printf("; process %s: %zu open files, %ld KiB", process.c_str(),
                        openFiles(process), residentMemory(process));
        }
        std::printf("\n");
        (void)std::fflush(stdout);
    }

    void playUntil(unsigned long frames, unsigned seed)
    {
        std::vector<std::jthread> threads;
        for (unsigned i = 0; i < settings_.players; ++i) {
            threads.emplace_back([this, frames, seed, i] {
                std::mt19937 random(seed * settings_.players + i);
                while (frames_ < frames && good_) {
                    playOne(random() % settings_.files.size());
                }
            });
        }
    }

    void playOne(size_t number)
    {
        const auto got = play(settings_.files[number], {.device = device_});
        ++contexts_;
        frames_ += got ? got->frames.size() : 0;
        if (!got || !(*got == wanted_[number])) {
            std::printf("%s is not exact: %zu frames, %u errors, of %zu frames\n",
                        settings_.files[number].c_str(), got ? got->frames.size() : 0,
                        got ? got->errors : 0, wanted_[number].frames.size());
            good_ = false;
        }
    }

    const Settings &settings_;
    AVBufferRef *device_;
    std::vector<Played> wanted_;
    std::atomic<unsigned long> frames_{0};
    std::atomic<unsigned long> contexts_{0};
    std::atomic<bool> good_{true};
};

} // namespace

int main(int argc, char **argv)
{
    Settings settings;
    CLI::App app{"Streams of all kinds on one VADisplay, for a long time", "va-soak"};
    addPlayerOptions(app, settings);
    app.add_option("--frames", settings.frames, "that are played in all")->capture_default_str();
    app.add_option("--players", settings.players, "at once")
        ->check(CLI::Range(1U, 64U))
        ->capture_default_str();
    app.add_option("--parts", settings.parts, "after which memory and files are looked at")
        ->check(CLI::Range(2U, 1000U))
        ->capture_default_str();
    app.add_option("--watch", settings.watch, "process id: print its memory and files, too");
    CLI11_PARSE(app, argc, argv);
    return runOnDisplay(settings,
                        [&](AVBufferRef *device) { return Soak(settings, device).run(); });
}
