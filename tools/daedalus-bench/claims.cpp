// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-bench/claims.h"

#include <array>

#include <spdlog/fmt/fmt.h>

namespace daedalus::bench {
namespace {

constexpr double kMicro = 1e6;
/// Of bare decoding's latency, what a client may wait in addition to 100 µs.
constexpr double kLatencyFactor = 1.05;

struct Claim {
    const char *what;
    const char *part;
    const char *path;
    unsigned threads; ///< 0: as chosen by default
    unsigned streams;
    Samples (*value)(const Results &results, const Results::Key &key);
    double limit;
    bool atLeast; ///< the limit; else at most
    int digits;   ///< behind the point
};

Samples wallRatio(const Results &results, const Results::Key &key)
{
    return results.ratios(key, key.bare(), "wall");
}

Samples cpuRatio(const Results &results, const Results::Key &key)
{
    return results.ratios(key, key.bare(), "cpu");
}

constexpr std::array kClaims{
    Claim{"VA-API in process, one thread: time / bare", "throughput", "inproc", 1, 1, wallRatio,
          1.03, false, 3},
    Claim{"VA-API in process, two threads: time / bare", "throughput", "inproc", 2, 1, wallRatio,
          1.08, false, 3},
    Claim{"VA-API through the module: time / bare", "throughput", "kernel", 1, 1, wallRatio, 1.10,
          false, 3},
    Claim{"texture, in process: CPU time / software and upload", "texture", "inproc", 1, 1,
          cpuRatio, 0.90, false, 3},
    Claim{"texture, through the module: CPU time / software and upload", "texture", "kernel", 1, 1,
          cpuRatio, 0.90, false, 3},
    Claim{"8 streams, in process: throughput / one stream", "streams", "inproc", 0, 8,
          throughputGain, 0.95, true, 3},
    Claim{"8 streams, through the module: throughput / one stream", "streams", "kernel", 0, 8,
          throughputGain, 0.95, true, 3},
    Claim{"waiting for each, in process: µs beyond 1.05 of bare", "latency", "inproc", 1, 1,
          latencyOverhead, 100, false, 0},
    Claim{"waiting for each, two threads: µs beyond 1.05 of bare", "latency", "inproc", 2, 1,
          latencyOverhead, 100, false, 0},
    Claim{"waiting for each, through the module: µs beyond 1.05 of bare", "latency", "kernel", 1, 1,
          latencyOverhead, 100, false, 0},
};

bool isAbout(const Claim &claim, const Results::Key &key)
{
    const bool planar = key.format == "i420" || key.format == "i010";
    return key.path == claim.path && key.threads == claim.threads && key.streams == claim.streams &&
           planar;
}

/// One row; empty where the claim's measurement was not made.
std::string row(const Claim &claim, const Results &results)
{
    Samples films;
    size_t good = 0;
    for (const auto &key : results.keys(claim.part)) {
        if (!isAbout(claim, key)) {
            continue;
        }
        if (const Samples repeats = claim.value(results, key); !repeats.empty()) {
            const double median = repeats.median();
            films.add(median);
            good += (claim.atLeast ? median >= claim.limit : median <= claim.limit) ? 1 : 0;
        }
    }
    if (films.empty()) {
        return {};
    }
    std::string verdict = "**missed**";
    if (good == films.count()) {
        verdict = "met";
    } else if (good > 0) {
        verdict = fmt::format("met by {} of {}", good, films.count());
    }
    return fmt::format("| {} | {} | {} {:.{}f} | {:.{}f} ({:.{}f}–{:.{}f}) | {} | {} |\n",
                       claim.what, results.machine().value("place", "?"), claim.atLeast ? "≥" : "≤",
                       claim.limit, claim.atLeast ? 2 : claim.digits, films.median(), claim.digits,
                       films.least(), claim.digits, films.most(), claim.digits, films.count(),
                       verdict);
}

} // namespace

Samples throughputGain(const Results &results, const Results::Key &key)
{
    Results::Key one = key;
    one.streams = 1;
    // Time of N films over that of one: N divided by it is the throughput.
    return results.ratios(one, key, "wall").times(key.streams);
}

Samples latencyOverhead(const Results &results, const Results::Key &key)
{
    const Samples pictures = results.values(key, "pictures");
    if (pictures.empty() || key.path == "bare") {
        return {};
    }
    return results.differences(key, key.bare(), "wall", kLatencyFactor)
        .times(kMicro / pictures.median());
}

std::string claimsTable(const std::vector<Results> &places)
{
    std::string rows;
    for (const Claim &claim : kClaims) {
        for (const Results &results : places) {
            rows += row(claim, results);
        }
    }
    if (rows.empty()) {
        return {};
    }
    return "\n## What is wanted, and what is reached\n\nThe median of all films, each film's being "
           "the median of its rounds, with the lowest and the highest film. Surfaces are "
           "planar: I420, which ffmpeg and mpv choose by themselves, and I010, which daedalus-play "
           "does. Met is what every film meets.\n\n| | where | wanted | measured | films | "
           "|\n|---|---|---|---|---|---|\n" +
           rows;
}

} // namespace daedalus::bench
