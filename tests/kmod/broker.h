// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "daedalus/unique_fd.h"
#include "tests/kmod/client.h"
#include "tests/kmod/message.h"

namespace daedalus::test {

/// A session file, and what a worker does with it.
class Worker {
public:
    explicit Worker(UniqueFd fd) : fd_(std::move(fd)) {}

    [[nodiscard]] int fd() const { return fd_.get(); }

    /// The next message of @p type; answers nothing, skips nothing.
    std::optional<Message> next(std::uint32_t type);

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
class Broker {
public:
    /// Opens the device. Not valid() if that failed: see error().
    Broker();

    [[nodiscard]] bool valid() const { return fd_.valid(); }
    [[nodiscard]] int error() const { return error_; }
    [[nodiscard]] int fd() const { return fd_.get(); }

    /// HELLO and its answer; true if the module answered as the protocol says.
    bool hello();

    /// Waits for a SESSION_OPEN.
    std::optional<daedalus_session_open> nextSession();

    /// Waits for a SESSION_CLOSE.
    std::optional<daedalus_session_close> nextClose();

    /// Takes a session file; invalid if that failed (errno tells).
    UniqueFd take(std::uint32_t id);

    /// nextSession() and take().
    std::optional<Worker> nextWorker();

    /// The worker of a client that streams: it gets one by its first request, which it takes
    /// back again before the worker has seen it.
    /// @param request the client's idea of a request that is not refused
    std::optional<Worker> workerOf(Client &client, const Submission &request = {});

    void close() { fd_.reset(); }

private:
    std::optional<Message> next(std::uint32_t type);

    UniqueFd fd_;
    int error_ = 0;
};

} // namespace daedalus::test
