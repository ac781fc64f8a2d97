// SPDX-License-Identifier: BSD-2-Clause
#include "surface_choice.h"

#include <algorithm>
#include <cctype>

namespace daedalus::play {
namespace {

bool sameName(std::string_view a, std::string_view b)
{
    return std::ranges::equal(
        a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

} // namespace

bool SurfaceChoice::Wishes::allow(const FormatInfo &candidate, ImportMode way) const
{
    if (mode.value_or(way) != way) {
        return false;
    }
    const auto wished = std::ranges::find_if(
        FormatInfo::all(), [this](const auto &known) { return sameName(format, known.name); });
    return wished == FormatInfo::all().end() || wished->bitDepth != candidate.bitDepth ||
           sameName(format, candidate.name);
}

SurfaceChoice::SurfaceChoice(std::vector<ImportVerdict> verdicts, std::string_view vendor,
                             Wishes wishes)
    : verdicts_(std::move(verdicts)), planarFirst_(vendor.find("Daedalus") != std::string::npos),
      wishes_(std::move(wishes))
{}

const ImportVerdict *SurfaceChoice::verdictOn(const FormatInfo &format, ImportMode mode) const
{
    const auto found = std::ranges::find_if(verdicts_, [&](const ImportVerdict &verdict) {
        return verdict.format == &format && verdict.mode == mode;
    });
    return found != verdicts_.end() ? &*found : nullptr;
}

std::optional<ImportMode> SurfaceChoice::modeFor(const FormatInfo &format) const
{
    for (const ImportMode mode : {ImportMode::OneImage, ImportMode::Planes}) {
        const ImportVerdict *verdict = verdictOn(format, mode);
        if (verdict != nullptr && verdict->works && wishes_.allow(format, mode)) {
            return mode;
        }
    }
    return std::nullopt;
}

const FormatInfo *SurfaceChoice::formatFor(unsigned bitDepth) const
{
    const FormatInfo *second = nullptr;
    for (const FormatInfo &format : FormatInfo::all()) {
        const auto mode = modeFor(format);
        if (format.bitDepth != bitDepth || !mode || !wishes_.allow(format, *mode)) {
            continue;
        }
        if (sameName(wishes_.format, format.name)) {
            return &format;
        }
        if (format.semiPlanar() != planarFirst_) {
            return &format;
        }
        // Drivers that are not ours make planar surfaces, but do not decode into them.
        second = planarFirst_ ? &format : nullptr;
    }
    return second;
}

std::vector<std::string> SurfaceChoice::report() const
{
    std::vector<std::string> lines;
    for (const FormatInfo &format : FormatInfo::all()) {
        std::string line(format.name);
        line.resize(6, ' ');
        const auto mode = modeFor(format);
        const bool tried = verdictOn(format, ImportMode::OneImage) != nullptr ||
                           verdictOn(format, ImportMode::Planes) != nullptr;
        line += mode ? describe(*mode) : std::string_view(tried ? "not shown" : "not asked for");
        for (const ImportMode other : {ImportMode::OneImage, ImportMode::Planes}) {
            const ImportVerdict *verdict = verdictOn(format, other);
            if (verdict != nullptr && !verdict->works) {
                line += "; " + std::string(describe(other)) + ": " + verdict->why;
            }
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

} // namespace daedalus::play
