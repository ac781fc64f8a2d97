// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/status_report.h"

#include <algorithm>
#include <cctype>

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

namespace daedalus::daemon {

namespace {

/// As many as fit into what a socket takes at once.
constexpr size_t kMaxSessions = 256;
constexpr double kNanosecondsInMillisecond = 1e6;

/// A fourcc as text; a dot for each byte that is neither letter nor digit.
std::string fourcc(uint32_t code)
{
    std::string text;
    for (unsigned i = 0; code != 0 && i < sizeof(code); ++i) {
        const auto letter = static_cast<unsigned char>(code >> (8 * i));
        text += std::isalnum(letter) != 0 ? static_cast<char>(letter) : '.';
    }
    return text;
}

double milliseconds(std::chrono::nanoseconds time)
{
    return static_cast<double>(time.count()) / kNanosecondsInMillisecond;
}

std::string describe(const WorkerPool::Session &session)
{
    const SessionCounters &counters = *session.counters;
    const auto latency = [&](unsigned percent) {
        return milliseconds(counters.latency.percentile(percent));
    };
    return fmt::format(R"({{"id":{},"worker":{},"codec":"{}","width":{},"height":{},"format":"{}",)"
                       R"("memory":"{}","threads":{},"frames":{},"errors":{},"bytes_copied":{},)"
                       R"("decode_ms":{:.3f},"queue_depth":{},)"
                       R"("latency_ms":{{"p50":{:.3f},"p90":{:.3f},"p99":{:.3f}}}}})",
                       session.id, session.worker, fourcc(session.codec), counters.width.load(),
                       counters.height.load(), fourcc(counters.pixelFormat), counters.exporter(),
                       counters.threads.load(), counters.frames.load(), counters.errors.load(),
                       counters.bytesCopied.load(),
                       static_cast<double>(counters.decodeTime) / kNanosecondsInMillisecond,
                       counters.queueDepth.load(), latency(50), latency(90), latency(99));
}

} // namespace

std::string statusReport(const WorkerPool &pool)
{
    const auto sessions = pool.sessions();
    std::string list;
    for (size_t i = 0; i < std::min(sessions.size(), kMaxSessions); ++i) {
        list += (i > 0 ? "," : "") + describe(sessions[i]);
    }
    const WorkerPool::EndedSessions &ended = pool.endedSessions();
    return fmt::format(R"({{"daemon":{{"pid":{},"sessions":{}}},"sessions":[{}],)"
                       R"("ended":{{"sessions":{},"frames":{},"errors":{},"bytes_copied":{},)"
                       R"("decode_ms":{:.3f}}}}})"
                       "\n",
                       ::getpid(), sessions.size(), list, ended.sessions, ended.frames,
                       ended.errors, ended.bytesCopied,
                       static_cast<double>(ended.decodeTime) / kNanosecondsInMillisecond);
}

} // namespace daedalus::daemon
