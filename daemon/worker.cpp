// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/worker.h"

#include <fcntl.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>

#include <array>
#include <chrono>
#include <cstring>

#include "engine/client_pace.h"

namespace daedalus::daemon {
namespace {

/// Counts the exporter of the memory that pictures lie in: only that is writable, bitstreams
/// may lie in memory of another kind.
BufferTable::Fetch recordingExporter(BufferTable::Fetch fetch,
                                     std::shared_ptr<SessionCounters> counters)
{
    return [fetch = std::move(fetch), counters = std::move(counters)](uint32_t id) {
        auto buffer = fetch(id);
        const int flags = buffer ? ::fcntl(buffer->fd.get(), F_GETFL) : -1;
        if (flags >= 0 && (flags & O_ACCMODE) == O_RDWR) {
            counters->setExporter(dmaBufExporter(buffer->fd.get()));
        }
        return buffer;
    };
}

} // namespace

Worker::Worker(MessageChannel session, uint32_t codec, Options options, BufferTable::Fetch fetch)
    : session_(std::move(session)), heartbeat_(session_.fd()), codec_(codec),
      options_(std::move(options)),
      counters_(options_.counters ? options_.counters : std::make_shared<SessionCounters>()),
      buffers_(recordingExporter(std::move(fetch), counters_))
{
    counters_->threads = options_.threads;
}

BufferTable::Fetch Worker::fetchFrom(int sessionFd)
{
    return [sessionFd](uint32_t id) -> Result<SessionBuffer> {
        daedalus_get_dmabuf argument{.buffer_id = id, .fd = -1, .size = 0};
        if (::ioctl(sessionFd, DAEDALUS_IOC_GET_DMABUF, &argument) < 0) {
            return failErrno("getting a buffer");
        }
        return SessionBuffer{.fd = UniqueFd(argument.fd), .size = argument.size};
    };
}

Result<void> Worker::run(int lifeline)
{
    while (!closed_) {
        const auto handled = handleNext();
        if (!handled) {
            return tl::unexpected(handled.error());
        }
        if (*handled) {
            continue;
        }
        if (pending_ == 0) {
            counters_->queueDepth = 0;
        }
        const auto wait = pending_ == 0 ? waitForMessage(lifeline, -1) : finishOldest(lifeline);
        if (!wait) {
            return tl::unexpected(wait.error());
        }
        if (*wait == Wait::BrokerGone) {
            options_.logger->debug("the broker is gone");
            return {};
        }
    }
    return {};
}

Result<bool> Worker::handleNext()
{
    // Reading a message that cannot be there yet would be a system call for nothing.
    if (std::exchange(skipRead_, false)) {
        return false;
    }
    auto message = session_.read();
    if (!message) {
        closed_ = message.error().code() == ESHUTDOWN;
        return closed_ ? Result<bool>(true) : tl::unexpected(message.error());
    }
    if (!*message) {
        return false;
    }
    return handle(**message).map([] { return true; });
}

Result<Worker::Wait> Worker::finishOldest(int lifeline)
{
    if (clientWorksAhead_) {
        const auto wait = waitForMessage(lifeline, static_cast<int>(engine::kIdleTimeout.count()));
        if (!wait || *wait != Wait::Nothing) {
            return wait;
        }
    }
    countedUntil_ = Clock::now();
    const ScopedHeartbeat working(heartbeat_, countedUntil_);
    engine_->finishOldest();
    return Wait::Nothing;
}

Result<Worker::Wait> Worker::waitForMessage(int lifeline, int timeout) const
{
    std::array<pollfd, 2> files{{{.fd = session_.fd(), .events = POLLIN, .revents = 0},
                                 {.fd = lifeline, .events = POLLIN, .revents = 0}}};
    int ready = 0;
    while ((ready = ::poll(files.data(), files.size(), timeout)) < 0) {
        if (errno != EINTR) {
            return failErrno("waiting for a message");
        }
    }
    if (ready == 0) {
        return Wait::Nothing;
    }
    return files[1].revents != 0 ? Wait::BrokerGone : Wait::Message;
}

Result<void> Worker::handle(const Message &message)
{
    switch (message.type) {
    case DAEDALUS_MSG_REQ_DECODE:
        if (auto result = decode(message); !result) {
            reject(message.cookie, result.error());
        }
        return {};
    case DAEDALUS_MSG_BUFFER_FREE:
        if (const auto buffer = payloadAs<daedalus_buffer_free>(message)) {
            buffers_.forget(buffer->buffer_id);
            return {};
        }
        return fail(EMSGSIZE, "a BUFFER_FREE message of the wrong length");
    case DAEDALUS_MSG_PING:
        return session_.answerPing(message);
    case DAEDALUS_MSG_PONG:
        return {};
    default:
        return fail(EPROTO, "a message of unknown type " + std::to_string(message.type));
    }
}

Result<void> Worker::decode(const Message &message)
{
    auto parsed = parseDecodeMessage(message.payload);
    if (!parsed) {
        return tl::unexpected(parsed.error());
    }
    if (parsed->request.codec != codec_) {
        return fail(EINVAL, "a request is for another codec than its session");
    }
    if (auto result = ensureEngine(); !result) {
        return result;
    }
    return submit(message.cookie, std::move(*parsed));
}

Result<void> Worker::ensureEngine()
{
    if (engine_) {
        return {};
    }
    auto engine = engine::DecodeSession::create(
        codec_,
        engine::DecodeSession::Options{.threads = options_.threads, .logger = options_.logger});
    if (!engine) {
        return tl::unexpected(engine.error());
    }
    engine_ = std::move(*engine);
    return {};
}

Result<void> Worker::submit(uint32_t cookie, DecodeMessage message)
{
    const daedalus_req_decode &request = message.request;
    auto target = buffers_.frame(*message.format, request.width, request.height, message.planes());
    if (!target) {
        return tl::unexpected(target.error());
    }
    auto bitstream =
        buffers_.range(request.bitstream_id, request.bitstream_offset, request.bitstream_size);
    if (!bitstream) {
        return tl::unexpected(bitstream.error());
    }
    // The engine brackets its own access to the target, see engine::TargetAccess.
    const bool bracket = (request.flags & DAEDALUS_DECODE_CPU_BITSTREAM) == 0;
    if (bracket) {
        if (auto result = bitstream->mapping->beginAccess(gbm::CpuAccess::Read); !result) {
            return result;
        }
    }
    engine::DecodeRequest decodeRequest{.controls = std::move(message.controls),
                                        .bitstream = bitstream->bytes,
                                        .target = *target,
                                        .codedWidth = request.coded_width,
                                        .codedHeight = request.coded_height,
                                        .timestamp = request.timestamp,
                                        .clientIsAhead = request.in_flight > 1};
    ++pending_;
    recordRequest(request);
    countedUntil_ = Clock::now();
    const ScopedHeartbeat working(heartbeat_, countedUntil_);
    engine_->submit(std::move(decodeRequest), [this, cookie, queued = request.queued, bracket,
                                               mapping = std::move(bitstream->mapping)](
                                                  const engine::DecodeResult &result) {
        --pending_;
        const auto now = Clock::now();
        recordTime(now);
        heartbeat_.progress(now);
        engine::DecodeResult final = result;
        if (bracket && !mapping->endAccess(gbm::CpuAccess::Read) && final.error == 0) {
            final.error = EIO;
        }
        recordResult(final, queued, now);
        respond(cookie, final);
    });
    if (pending_ != 0) {
        recordTime(Clock::now());
    }
    skipRead_ = !clientWorksAhead_ && pending_ == 0;
    return {};
}

void Worker::drain()
{
    if (pending_ == 0) {
        return;
    }
    {
        countedUntil_ = Clock::now();
        const ScopedHeartbeat working(heartbeat_, countedUntil_);
        engine_->drain();
    }
    if (pending_ != 0) {
        options_.logger->error("the engine kept {} requests back", pending_);
    }
}

void Worker::reject(uint32_t cookie, const Error &error)
{
    // Answers come in decode order, so those before this one come first.
    drain();
    if (!failing_) {
        options_.logger->warn("request {} rejected: {}", cookie, error.what());
        failing_ = true;
    }
    ++counters_->errors;
    skipRead_ = false;
    respond(cookie, {.error = error.code(), .bytesCopied = 0});
}

void Worker::recordRequest(const daedalus_req_decode &request)
{
    clientWorksAhead_ = request.in_flight > 1;
    counters_->queueDepth = request.in_flight;
    counters_->width = request.coded_width;
    counters_->height = request.coded_height;
    counters_->pixelFormat = request.pixelformat;
}

void Worker::recordTime(Clock::time_point now)
{
    counters_->decodeTime += static_cast<uint64_t>((now - countedUntil_).count());
    countedUntil_ = now;
}

void Worker::recordResult(const engine::DecodeResult &result, uint64_t queued,
                          Clock::time_point now)
{
    ++(result.error == 0 ? counters_->frames : counters_->errors);
    counters_->bytesCopied += result.bytesCopied;
    counters_->latency.add(now.time_since_epoch() - std::chrono::nanoseconds(queued));
}

void Worker::respond(uint32_t cookie, const engine::DecodeResult &result)
{
    // A damaged stream fails with each frame: one line for each series is enough.
    const bool failed = result.error != 0;
    if (failed && !failing_) {
        options_.logger->info("request {} failed: {}", cookie, std::strerror(result.error));
    }
    failing_ = failed;

    const daedalus_resp_frame answer{.status = static_cast<uint32_t>(result.error),
                                     .bytes_copied = result.bytesCopied};
    // Answers are due even for what was cancelled: the kernel keeps the surface until then.
    const auto written = session_.write(DAEDALUS_MSG_RESP_FRAME, cookie, answer);
    if (written) {
        return;
    }
    if (written.error().code() == ENOENT) {
        options_.logger->debug("request {} was cancelled meanwhile", cookie);
        return;
    }
    options_.logger->debug("answering request {}: {}", cookie, written.error().what());
    closed_ = true;
}

} // namespace daedalus::daemon
