// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalusctl/status_table.h"

#include <string>

#include <spdlog/fmt/fmt.h>

namespace daedalus::ctl {
namespace {

constexpr double kMega = 1e6;

/// The same session in another status; null if it is not there.
nlohmann::json find(const nlohmann::json &status, uint64_t id)
{
    if (status.is_object()) {
        for (const auto &session : status["sessions"]) {
            if (session.value("id", uint64_t{0}) == id) {
                return session;
            }
        }
    }
    return nullptr;
}

std::string orDash(const std::string &text)
{
    return text.empty() ? "-" : text;
}

/// Frames a second; a dash where there is nothing to compare with.
std::string rate(const nlohmann::json &session, const nlohmann::json &before, double seconds)
{
    if (!before.is_object() || seconds <= 0) {
        return "-";
    }
    const auto frames = static_cast<double>(session.value("frames", uint64_t{0})) -
                        static_cast<double>(before.value("frames", uint64_t{0}));
    return fmt::format("{:.1f}", frames / seconds);
}

std::string row(const nlohmann::json &session, const nlohmann::json &before, double seconds)
{
    const auto &latency = session.at("latency_ms");
    const auto frames = session.value("frames", uint64_t{0});
    const double perFrame =
        frames > 0 ? session.value("decode_ms", 0.0) / static_cast<double>(frames) : 0;
    return fmt::format(
        "{:>4} {:>7} {:5} {:>11} {:6} {:9} {:>3} {:>9} {:>6} {:>7} {:>10.1f} {:>5} {:>8.2f} "
        "{:>7.1f} {:>7.1f} {:>7.1f}\n",
        session.value("id", uint64_t{0}), session.value("worker", 0), session.value("codec", ""),
        fmt::format("{}x{}", session.value("width", 0), session.value("height", 0)),
        orDash(session.value("format", "")), orDash(session.value("memory", "")),
        session.value("threads", 0), frames, session.value("errors", uint64_t{0}),
        rate(session, before, seconds),
        static_cast<double>(session.value("bytes_copied", uint64_t{0})) / kMega,
        session.value("queue_depth", 0), perFrame, latency.value("p50", 0.0),
        latency.value("p90", 0.0), latency.value("p99", 0.0));
}

} // namespace

void printStatus(std::ostream &out, const nlohmann::json &status, const nlohmann::json &before,
                 double seconds)
{
    out << fmt::format("daedalusd, process {}: {} sessions\n", status["daemon"].value("pid", 0),
                       status["daemon"].value("sessions", 0));
    if (!status["sessions"].empty()) {
        out << fmt::format("\n{:>4} {:>7} {:5} {:>11} {:6} {:9} {:>3} {:>9} {:>6} {:>7} {:>10} "
                           "{:>5} {:>8} {:>7} {:>7} {:>7}\n",
                           "id", "worker", "codec", "size", "format", "memory", "thr", "frames",
                           "errors", "fps", "copied MB", "queue", "ms/frame", "p50 ms", "p90 ms",
                           "p99 ms");
    }
    for (const auto &session : status["sessions"]) {
        out << row(session, find(before, session.value("id", uint64_t{0})), seconds);
    }
    const auto &ended = status["ended"];
    out << fmt::format("\nover: {} sessions, {} frames, {} errors, {:.1f} MB copied\n",
                       ended.value("sessions", uint64_t{0}), ended.value("frames", uint64_t{0}),
                       ended.value("errors", uint64_t{0}),
                       static_cast<double>(ended.value("bytes_copied", uint64_t{0})) / kMega);
}

} // namespace daedalus::ctl
