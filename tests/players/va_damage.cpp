// SPDX-License-Identifier: BSD-2-Clause
//
// Streams with errors through VA-API: in each round packets between two key frames are lost
// or spoilt. From the next key frame on every frame has to be what software decoding makes
// of the same packets; no picture may hang or vanish, and what fails has to say so in
// vaSyncSurface and vaQuerySurfaceError. Ends with 1 if anything is wrong.

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "tests/players/av_player.h"
#include "tests/players/player_program.h"

namespace {

using namespace daedalus::test;

/// The files have closed groups of pictures, three or more.
struct Settings : PlayerSettings {
    unsigned rounds = 10;
    unsigned patience = 2; ///< seconds that a picture may take
};

enum class Kind : unsigned { Lost, Flipped, Cut, Noise };
constexpr std::array<const char *, 4> kKinds{"lost", "flipped", "cut", "noise"};

/// The stream as it is.
struct Intact {
    Played played;
    std::vector<bool> keys;     ///< of each packet
    std::vector<int64_t> times; ///< of each packet
};

/// Which packets are spoilt, and how.
struct Damage {
    Kind kind;
    unsigned seed;
    unsigned first; ///< packet
    unsigned last;
    int64_t recovery; ///< time of the key frame behind
};

/// The first bytes stay: what a client's own parser refuses never gets to the driver.
constexpr int kKept = 24;

bool spoil(AVPacket &packet, unsigned number, const Damage &damage)
{
    if (number < damage.first || number > damage.last) {
        return true;
    }
    std::mt19937 random(damage.seed + number);
    const int kept = std::min(kKept, packet.size / 2);
    const auto anywhere = [&] {
        return std::uniform_int_distribution<int>(kept, packet.size - 1)(random);
    };
    switch (damage.kind) {
    case Kind::Lost:
        return false;
    case Kind::Flipped:
        for (int i = 0; i < 16; ++i) {
            packet.data[anywhere()] ^= static_cast<uint8_t>(1U << random() % 8);
        }
        return true;
    case Kind::Cut:
        av_shrink_packet(&packet, anywhere());
        return true;
    case Kind::Noise:
        for (int i = kept; i < packet.size; ++i) {
            packet.data[i] = static_cast<uint8_t>(random());
        }
        return true;
    }
    return true;
}

Intact readIntact(const std::string &file)
{
    Intact intact;
    auto played = play(file, {.edit = [&intact](AVPacket &packet, unsigned) {
                           intact.keys.push_back((packet.flags & AV_PKT_FLAG_KEY) != 0);
                           intact.times.push_back(packet.pts);
                           return true;
                       }});
    if (played) {
        intact.played = std::move(*played);
    }
    return intact;
}

/// One to three packets of a group that another one follows.
Damage chooseDamage(const Intact &intact, unsigned round, unsigned seed)
{
    std::mt19937 random(seed + round);
    std::vector<unsigned> starts;
    for (unsigned i = 0; i < intact.keys.size(); ++i) {
        if (intact.keys[i]) {
            starts.push_back(i);
        }
    }
    const unsigned group = static_cast<unsigned>(random()) % (starts.size() - 1);
    const unsigned next = starts[group + 1];
    // The very first key frame stays, or some clients would not begin.
    const unsigned from = std::max(1U, starts[group]);
    const unsigned first = from + static_cast<unsigned>(random()) % (next - from);
    return {.kind = static_cast<Kind>(round % kKinds.size()),
            .seed = static_cast<unsigned>(random()),
            .first = first,
            .last = std::min(next - 1, first + static_cast<unsigned>(random()) % 3),
            .recovery = intact.times[next]};
}

/// The frames from the recovery on.
std::vector<std::string> recovered(const Played &played, const Damage &damage)
{
    std::vector<std::string> frames;
    for (size_t i = 0; i < played.frames.size(); ++i) {
        if (played.times[i] >= damage.recovery) {
            frames.push_back(played.frames[i]);
        }
    }
    return frames;
}

class Judge {
public:
    Judge(const std::string &file, const Settings &settings) : file_(file), settings_(settings) {}

    void round(const Intact &intact, const Damage &damage, const Played &software,
               const Played &hardware)
    {
        ++rounds_;
        const auto want = recovered(software, damage);
        if (want.empty() || want != recovered(intact.played, damage)) {
            complain(damage, "software decoding does not recover itself");
        }
        if (want != recovered(hardware, damage)) {
            complain(damage, "not exact from the next key frame on");
        }
        // A picture is shown, or was refused. What is lost was never asked for, and of noise
        // the client's own parser may find no picture: software decoding tells.
        if (hardware.frames.size() + hardware.errors < software.frames.size()) {
            complain(damage, "pictures are missing");
        }
        if (hardware.wait > std::chrono::seconds(settings_.patience)) {
            complain(damage, "a picture took too long");
        }
        const auto failed = std::ranges::count(hardware.failed, true);
        if (hardware.named != failed) {
            complain(damage, "vaQuerySurfaceError does not know of an error");
        }
        if (std::ranges::any_of(recovered(failures(hardware), damage),
                                [](const std::string &state) { return state == "failed"; })) {
            complain(damage, "an error is reported of a good picture");
        }
        failed_ += static_cast<unsigned>(failed);
        refused_ += hardware.errors;
        frames_ += hardware.frames.size();
    }

    [[nodiscard]] bool print() const
    {
        std::printf("%s: %u rounds, %u wrong; %zu frames delivered, %u of them reported as "
                    "failed, %u packets refused\n",
                    file_.c_str(), rounds_, wrong_, frames_, failed_, refused_);
        return wrong_ == 0 && rounds_ == settings_.rounds;
    }

    [[nodiscard]] unsigned failed() const { return failed_; }

private:
    /// The same frames with what was said about them for hashes.
    static Played failures(const Played &played)
    {
        Played states{.frames = {}, .times = played.times, .failed = {}};
        for (size_t i = 0; i < played.frames.size(); ++i) {
            states.frames.emplace_back(i < played.failed.size() && played.failed[i] ? "failed"
                                                                                    : "good");
        }
        return states;
    }

    void complain(const Damage &damage, const char *what)
    {
        ++wrong_;
        std::printf("%s: packets %u to %u %s, seed %u: %s\n", file_.c_str(), damage.first,
                    damage.last, kKinds.at(static_cast<size_t>(damage.kind)), damage.seed, what);
    }

    std::string file_;
    const Settings &settings_;
    unsigned rounds_ = 0;
    unsigned wrong_ = 0;
    unsigned failed_ = 0;
    unsigned refused_ = 0;
    size_t frames_ = 0;
};

/// @returns how many failed pictures were reported; -1 if anything is wrong
int damageFile(const std::string &file, const Settings &settings, AVBufferRef *device)
{
    const Intact intact = readIntact(file);
    if (intact.played.frames.empty() || std::ranges::count(intact.keys, true) < 3) {
        std::printf("%s: cannot be read, or has not three key frames\n", file.c_str());
        return -1;
    }
    Judge judge(file, settings);
    for (unsigned round = 0; round < settings.rounds; ++round) {
        const Damage damage = chooseDamage(intact, round, settings.seed);
        PlayOptions options{.edit = [&damage](AVPacket &packet, unsigned number) {
            return spoil(packet, number, damage);
        }};
        const auto software = play(file, options);
        options.device = device;
        const auto hardware = play(file, options);
        if (software && hardware) {
            judge.round(intact, damage, *software, *hardware);
        }
    }
    return judge.print() ? static_cast<int>(judge.failed()) : -1;
}

bool damageFiles(const Settings &settings, AVBufferRef *device)
{
    bool good = true;
    int failed = 0;
    for (const std::string &file : settings.files) {
        const int reported = damageFile(file, settings, device);
        good = reported >= 0 && good;
        failed += std::max(0, reported);
        (void)std::fflush(stdout);
    }
    std::printf("%d failed pictures were reported\n", failed);
    // Damage that nobody notices would test nothing.
    return good && failed > 0;
}

} // namespace

int main(int argc, char **argv)
{
    Settings settings;
    CLI::App app{"Damaged streams on a VADisplay", "va-damage"};
    addPlayerOptions(app, settings);
    app.add_option("--rounds", settings.rounds, "for each file")->capture_default_str();
    app.add_option("--patience", settings.patience, "seconds that a picture may take")
        ->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    return runOnDisplay(settings,
                        [&](AVBufferRef *device) { return damageFiles(settings, device); });
}
