// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-bench/play_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>

#include <spdlog/fmt/fmt.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace daedalus::bench {
namespace {

/// Seconds after which preparing or a pass is given up: many times what the longest takes, on a
/// machine with much else to do.
constexpr unsigned kLongest = 240;
/// More than any answer.
constexpr size_t kAnswerSize = 65536;

std::string nameOf(const Film &film, const Job &job)
{
    return fmt::format("{} by {}, {}, {} streams, {} threads", film.name, job.path, job.part,
                       job.streams, job.play.threads);
}

/// What became of a process, of its wait status.
std::string ending(int status)
{
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        return fmt::format("did not end within {} seconds", kLongest);
    }
    if (WIFSIGNALED(status)) {
        return fmt::format("was ended by signal {}", WTERMSIG(status));
    }
    return fmt::format("ended with status {}", WEXITSTATUS(status));
}

bool answer(const UniqueFd &socket, const Result<nlohmann::json> &result)
{
    const std::string text =
        result ? result->dump() : nlohmann::json{{"error", result.error().what()}}.dump();
    ::alarm(0);
    return ::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(text.size());
}

/// The process: an answer for each byte, the first when it is prepared.
void serve(const Film &film, const Job &job, const UniqueFd &socket)
{
    // Ends the process: what hangs is left out, and does not keep the others from being measured.
    ::alarm(kLongest);
    auto measurement = Measurement::prepare(film, job);
    if (!answer(socket, measurement ? Result<nlohmann::json>(nlohmann::json::object())
                                    : tl::unexpected(measurement.error())) ||
        !measurement) {
        return;
    }
    char byte = 0;
    while (::recv(socket.get(), &byte, 1, 0) == 1) {
        ::alarm(kLongest);
        if (!answer(socket, measurement->pass())) {
            return;
        }
    }
}

} // namespace

Result<PlayProcess> PlayProcess::start(const Film &film, const Job &job)
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return failErrno("socketpair");
    }
    UniqueFd ours(ends[0]);
    UniqueFd theirs(ends[1]);
    const pid_t child = ::fork();
    if (child < 0) {
        return failErrno("fork");
    }
    if (child == 0) {
        ours.reset();
        serve(film, job, theirs);
        ::_exit(EXIT_SUCCESS);
    }
    theirs.reset();
    PlayProcess process(std::move(ours), child, nameOf(film, job));
    if (auto prepared = process.receive(); !prepared) {
        return tl::unexpected(prepared.error());
    }
    return process;
}

PlayProcess::PlayProcess(PlayProcess &&other) noexcept
    : socket_(std::move(other.socket_)), child_(std::exchange(other.child_, -1)),
      name_(std::move(other.name_))
{}

PlayProcess::~PlayProcess()
{
    end();
}

int PlayProcess::end()
{
    int status = 0;
    if (socket_) {
        // Processes that were started later have it open, too.
        ::shutdown(socket_.get(), SHUT_RDWR);
    }
    socket_.reset();
    if (child_ > 0) {
        ::waitpid(std::exchange(child_, -1), &status, 0);
    }
    return status;
}

Result<nlohmann::json> PlayProcess::pass()
{
    const char byte = 'p';
    static_cast<void>(::send(socket_.get(), &byte, 1, MSG_NOSIGNAL));
    return receive();
}

Result<nlohmann::json> PlayProcess::receive()
{
    std::string text(kAnswerSize, '\0');
    const ssize_t got = ::recv(socket_.get(), text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<size_t>(got) : 0);
    auto json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_discarded() || !json.is_object()) {
        return fail(EIO, name_ + ": " + ending(end()));
    }
    if (json.contains("error")) {
        return fail(EIO, name_ + ": " + json["error"].get<std::string>());
    }
    return json;
}

} // namespace daedalus::bench
