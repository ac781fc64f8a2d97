// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-conformance/report.h"

#include <algorithm>
#include <iomanip>

namespace daedalus::conformance {

namespace {

bool isBad(const Outcome &outcome, const Options &options)
{
    return outcome.status != Status::Exact && (outcome.status != Status::Refused || options.strict);
}

int columnWidth(const std::vector<Outcome> &outcomes)
{
    size_t width = 8;
    for (const Outcome &outcome : outcomes) {
        width = std::max(width, outcome.stream.size());
    }
    return static_cast<int>(std::min<size_t>(width, 60)) + 2;
}

void printRow(std::ostream &out, const Outcome &outcome, int width)
{
    const Comparison &frames = outcome.comparison;
    out << std::left << std::setw(width) << outcome.stream << std::setw(11) << outcome.path
        << std::setw(13) << outcome.format << std::right << std::setw(6) << frames.expected
        << std::setw(10) << frames.delivered << std::setw(7) << frames.exact << "  "
        << nameOf(outcome.status);
    if (outcome.status == Status::Different && frames.firstDifferent) {
        out << ", first frame " << *frames.firstDifferent;
    }
    if (!outcome.error.empty()) {
        out << ": " << outcome.error;
    }
    if (!outcome.picture.empty()) {
        out << " [" << outcome.picture << ']';
    }
    out << '\n';
}

} // namespace

Totals totalsOf(const std::vector<Outcome> &outcomes)
{
    Totals totals;
    for (const Outcome &outcome : outcomes) {
        switch (outcome.status) {
        case Status::Exact:
            ++totals.exact;
            break;
        case Status::Refused:
            ++totals.refused;
            continue;
        default:
            ++totals.bad;
            break;
        }
        totals.frames += outcome.comparison.expected;
        totals.delivered += outcome.comparison.delivered;
        totals.exactFrames += outcome.comparison.exact;
    }
    return totals;
}

bool good(const Totals &totals, const Options &options)
{
    return totals.bad == 0 && (totals.refused == 0 || !options.strict) &&
           totals.exact + totals.refused > 0;
}

void printTable(std::ostream &out, const std::vector<Outcome> &outcomes,
                const std::vector<std::string> &skipped, const Options &options)
{
    const int width = columnWidth(outcomes);
    for (const std::string &line : skipped) {
        out << "skipped: " << line << '\n';
    }
    out << std::left << std::setw(width) << "stream" << std::setw(11) << "path" << std::setw(13)
        << "format" << std::right << std::setw(6) << "frames" << std::setw(10) << "delivered"
        << std::setw(7) << "exact" << '\n';
    for (const Outcome &outcome : outcomes) {
        if (!options.quiet || isBad(outcome, options)) {
            printRow(out, outcome, width);
        }
    }
    const Totals totals = totalsOf(outcomes);
    out << totals.exact << " exact, " << totals.refused << " refused, " << totals.bad << " bad; of "
        << totals.frames << " frames " << totals.delivered << " were delivered and "
        << totals.exactFrames << " are exact\n";
}

nlohmann::json toJson(const std::vector<Outcome> &outcomes, const std::vector<std::string> &skipped,
                      const nlohmann::json &module)
{
    nlohmann::json results = nlohmann::json::array();
    for (const Outcome &outcome : outcomes) {
        nlohmann::json entry{{"stream", outcome.stream},
                             {"file", outcome.file},
                             {"codec", outcome.codec},
                             {"path", outcome.path},
                             {"format", outcome.format},
                             {"status", nameOf(outcome.status)},
                             {"frames_expected", outcome.comparison.expected},
                             {"frames_delivered", outcome.comparison.delivered},
                             {"frames_exact", outcome.comparison.exact},
                             {"seconds", outcome.seconds},
                             {"statistics", outcome.statistics}};
        entry["first_different"] = nullptr;
        if (outcome.comparison.firstDifferent) {
            entry["first_different"] = *outcome.comparison.firstDifferent;
        }
        entry["error"] = outcome.error.empty() ? nlohmann::json() : nlohmann::json(outcome.error);
        entry["picture"] =
            outcome.picture.empty() ? nlohmann::json() : nlohmann::json(outcome.picture);
        results.push_back(std::move(entry));
    }
    const Totals totals = totalsOf(outcomes);
    return {{"exact", totals.exact},
            {"refused", totals.refused},
            {"bad", totals.bad},
            {"frames_expected", totals.frames},
            {"frames_delivered", totals.delivered},
            {"frames_exact", totals.exactFrames},
            {"module", module},
            {"skipped", skipped},
            {"results", results}};
}

} // namespace daedalus::conformance
