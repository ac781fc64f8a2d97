// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <memory>

#include "daedalus/result.h"
#include "daemon/buffer_table.h"
#include "daemon/decode_message.h"
#include "daemon/heartbeat.h"
#include "daemon/message_channel.h"
#include "daemon/session_counters.h"
#include "engine/decode_session.h"

namespace spdlog {
class logger;
}

namespace daedalus::daemon {

/// Serves one session: turns its messages into requests to the decode engine and
/// the engine's results into answers. Trusts nothing in a message.
///
/// One thread at a time.
class Worker {
public:
    struct Options {
        unsigned threads = 0;                   ///< decoder threads, 0: as many as there are CPUs
        std::shared_ptr<spdlog::logger> logger; ///< never null
        /// Where to count; null: nowhere.
        std::shared_ptr<SessionCounters> counters{};
    };

    /// @param session the session file
    /// @param codec V4L2 OUTPUT fourcc that the session was opened with
    /// @param fetch how to get at the session's buffers
    Worker(MessageChannel session, uint32_t codec, Options options, BufferTable::Fetch fetch);

    /// Serves until the session is closed or @p lifeline, a socket to the broker, becomes
    /// readable or hangs up: then the broker is gone. An Error means that the session file
    /// misbehaves.
    Result<void> run(int lifeline);

    /// How buffers are fetched from a session file (DAEDALUS_IOC_GET_DMABUF).
    static BufferTable::Fetch fetchFrom(int sessionFd);

private:
    using Clock = std::chrono::steady_clock;

    enum class Wait { Message, BrokerGone, Nothing };

    /// Handles the message that is there, without waiting for one.
    /// @returns false: there is none
    Result<bool> handleNext();
    /// @param timeout in ms, negative waits for ever
    Result<Wait> waitForMessage(int lifeline, int timeout) const;
    Result<void> handle(const Message &message);
    Result<void> decode(const Message &message);
    Result<void> submit(uint32_t cookie, DecodeMessage message);
    Result<void> ensureEngine();
    /// Has the engine finish its oldest request, if no message comes first.
    Result<Wait> finishOldest(int lifeline);
    void drain();
    void reject(uint32_t cookie, const Error &error);
    void respond(uint32_t cookie, const engine::DecodeResult &result);
    // The following write to the session's counters.
    void recordRequest(const daedalus_req_decode &request);
    /// @param queued when the client queued the request, ns of the monotonic clock
    void recordResult(const engine::DecodeResult &result, uint64_t queued, Clock::time_point now);
    /// Adds the time in the decoder since @ref countedUntil_.
    void recordTime(Clock::time_point now);

    MessageChannel session_;
    Heartbeat heartbeat_;
    uint32_t codec_;
    Options options_;
    std::shared_ptr<SessionCounters> counters_; ///< never null
    BufferTable buffers_;
    /// Requests that the engine has not completed yet.
    unsigned pending_ = 0;
    bool clientWorksAhead_ = false; ///< it had queued more than one request, last time
    /// No message can be there yet: the client waits for each picture and was only just
    /// answered.
    bool skipRead_ = false;
    Clock::time_point countedUntil_; ///< until when the decoder's time was counted
    bool failing_ = false;           ///< the last request failed, for the log
    bool closed_ = false;            ///< an answer could not be delivered: the session is over
    /// Last, since completions may run while it ends.
    std::unique_ptr<engine::DecodeSession> engine_;
};

} // namespace daedalus::daemon
