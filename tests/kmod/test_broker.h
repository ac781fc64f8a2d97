// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>

#include "tests/kmod/client.h"
#include "tests/kmod/messages.h"

namespace daedalus::test {

/// A session file, and what a worker does with it.
class TestWorker {
public:
    explicit TestWorker(UniqueFd fd) : fd_(std::move(fd)) {}

    [[nodiscard]] int fd() const { return fd_.get(); }

    /// The next message, which has to be of @p type; answers nothing, skips nothing.
    Result<WireMessage> next(std::uint32_t type = DAEDALUS_MSG_REQ_DECODE);

    /// Finishes a request; returns 0 or the errno.
    int respond(std::uint32_t cookie, std::uint32_t status = 0, std::uint32_t bytesCopied = 0);

    /// Opens the DMA-BUF behind an id; @p error takes the errno when there is none.
    UniqueFd dmaBuf(std::uint32_t id, std::uint64_t *size = nullptr, int *error = nullptr);

    /// What a worker that dies does.
    void close() { fd_.reset(); }

private:
    UniqueFd fd_;
};

/// The control device, and what the broker does with it.
class TestBroker {
public:
    /// Opens the device. Not valid() if that failed: see error().
    TestBroker() : fd_(pingpong::openControl("/dev/" DAEDALUS_CONTROL_DEVICE)) {}

    [[nodiscard]] bool valid() const { return fd_ && fd_->valid(); }
    [[nodiscard]] int error() const { return fd_ ? 0 : fd_.error().code(); }
    [[nodiscard]] int fd() const { return fd_ ? fd_->get() : -1; }

    /// HELLO and its answer; true if the module answered as the protocol says.
    bool hello();

    /// Waits for a SESSION_OPEN.
    Result<daedalus_session_open> nextSession();

    /// Waits for a SESSION_CLOSE.
    Result<daedalus_session_close> nextClose();

    /// Takes a session file; invalid if that failed (errno tells).
    UniqueFd take(std::uint32_t id);

    /// nextSession() and take().
    Result<TestWorker> nextWorker();

    /// The worker of a client that streams: it gets one by its first request, which it takes
    /// back again before the worker has seen it.
    /// @param request the client's idea of a request that is not refused
    Result<TestWorker> workerOf(Client &client, const Submission &request = {});

    void close() { fd_ = UniqueFd(); }

private:
    Result<UniqueFd> fd_;
};

} // namespace daedalus::test
