// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/surface_choice.h"

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

bool SurfaceChoice::Wishes::allow(const gbm::FormatInfo &candidate, tools::ImportMode way) const
{
    if (mode.value_or(way) != way) {
        return false;
    }
    const auto wished = std::ranges::find_if(
        gbm::FormatInfo::all(), [this](const auto &known) { return sameName(format, known.name); });
    return wished == gbm::FormatInfo::all().end() || wished->bitDepth != candidate.bitDepth ||
           sameName(format, candidate.name);
}

SurfaceChoice::SurfaceChoice(std::vector<ImportVerdict> verdicts, std::string_view vendor,
                             Wishes wishes)
    : verdicts_(std::move(verdicts)), planarFirst_(vendor.find("Daedalus") != std::string::npos),
      wishes_(std::move(wishes))
{}

const ImportVerdict *SurfaceChoice::verdictOn(const gbm::FormatInfo &format,
                                              tools::ImportMode mode) const
{
    const auto found = std::ranges::find_if(verdicts_, [&](const ImportVerdict &verdict) {
        return verdict.format == &format && verdict.mode == mode;
    });
    return found != verdicts_.end() ? &*found : nullptr;
}

std::optional<tools::ImportMode> SurfaceChoice::modeFor(const gbm::FormatInfo &format) const
{
    for (const tools::ImportMode mode : {tools::ImportMode::OneImage, tools::ImportMode::Planes}) {
        const ImportVerdict *verdict = verdictOn(format, mode);
        if (verdict != nullptr && verdict->works && wishes_.allow(format, mode)) {
            return mode;
        }
    }
    return std::nullopt;
}

const gbm::FormatInfo *SurfaceChoice::formatFor(unsigned bitDepth) const
{
    const gbm::FormatInfo *second = nullptr;
    for (const gbm::FormatInfo &format : gbm::FormatInfo::all()) {
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
    for (const gbm::FormatInfo &format : gbm::FormatInfo::all()) {
        std::string line(format.name);
        line.resize(6, ' ');
        const auto mode = modeFor(format);
        const bool tried = verdictOn(format, tools::ImportMode::OneImage) != nullptr ||
                           verdictOn(format, tools::ImportMode::Planes) != nullptr;
        line +=
            mode ? tools::describe(*mode) : std::string_view(tried ? "not shown" : "not asked for");
        for (const tools::ImportMode other :
             {tools::ImportMode::OneImage, tools::ImportMode::Planes}) {
            const ImportVerdict *verdict = verdictOn(format, other);
            if (verdict != nullptr && !verdict->works) {
                line += "; " + std::string(tools::describe(other)) + ": " + verdict->why;
            }
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

} // namespace daedalus::play
