// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-conformance/process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daedalus/unique_fd.h"

extern "C" {
extern char **environ;
}

namespace daedalus::conformance {

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kErrorsKept = 4000;
constexpr size_t kChunk = 65536;

struct Pipe {
    UniqueFd read;
    UniqueFd write;

    bool open()
    {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
            return false;
        }
        read.reset(ends[0]);
        write.reset(ends[1]);
        return true;
    }
};

std::vector<std::string> environmentOf(const Command &command)
{
    std::vector<std::string> result;
    for (char **entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        if (!command.environment.contains(std::string(text.substr(0, text.find('='))))) {
            result.emplace_back(text);
        }
    }
    for (const auto &[name, value] : command.environment) {
        if (!value.empty()) {
            result.push_back(name + '=' + value);
        }
    }
    return result;
}

std::vector<char *> pointers(std::vector<std::string> &strings)
{
    std::vector<char *> result;
    for (std::string &text : strings) {
        result.push_back(text.data());
    }
    result.push_back(nullptr);
    return result;
}

class Child {
public:
    Child() = default;
    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;
    ~Child()
    {
        if (pid_ > 0) {
            (void)wait();
        }
    }

    Result<void> start(const Command &command)
    {
        Pipe output;
        Pipe errors;
        if (!output.open() || !errors.open()) {
            return failErrno("pipe");
        }
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&actions, output.write.get(), STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions, errors.write.get(), STDERR_FILENO);
        auto arguments = command.arguments;
        auto environment = environmentOf(command);
        const int result = ::posix_spawnp(&pid_, arguments[0].c_str(), &actions, nullptr,
                                          pointers(arguments).data(), pointers(environment).data());
        posix_spawn_file_actions_destroy(&actions);
        if (result != 0) {
            pid_ = -1;
            return fail(result, arguments[0] + " cannot be started");
        }
        output_ = std::move(output.read);
        errors_ = std::move(errors.read);
        return {};
    }

    void kill() const { (void)::kill(pid_, SIGKILL); }

    /// Whether it has ended, without waiting for that.
    [[nodiscard]] bool ended() const
    {
        siginfo_t info{};
        return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
               info.si_pid == pid_;
    }

    int wait()
    {
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        pid_ = -1;
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }

    UniqueFd &output() { return output_; }
    UniqueFd &errors() { return errors_; }

private:
    pid_t pid_ = -1;
    UniqueFd output_;
    UniqueFd errors_;
};

/// Bytes that are there now; closes @p fd at its end.
std::span<const uint8_t> readSome(UniqueFd &fd, std::vector<uint8_t> &buffer)
{
    const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
    if (got > 0) {
        return {buffer.data(), static_cast<size_t>(got)};
    }
    if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
        fd.reset();
    }
    return {};
}

void keepErrors(std::string &errors, std::span<const uint8_t> bytes)
{
    errors.append(reinterpret_cast<const char *>(bytes.data()), bytes.size());
    if (errors.size() > 2 * kErrorsKept) {
        errors.erase(0, errors.size() - kErrorsKept);
    }
}

} // namespace

Result<Ended> runProcess(const Command &command, std::chrono::seconds limit,
                         const OutputSink &output)
{
    Child child;
    if (auto started = child.start(command); !started) {
        return tl::unexpected(started.error());
    }
    const auto end = Clock::now() + limit;
    Ended ended;
    bool killed = false;
    std::vector<uint8_t> buffer(kChunk);
    while (child.output() || child.errors()) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
        if (left.count() <= 0 && !killed) {
            ended.timedOut = true;
            killed = true;
            child.kill();
        }
        std::array<pollfd, 2> fds{
            {{child.output().get(), POLLIN, 0}, {child.errors().get(), POLLIN, 0}}};
        // What it left behind may keep the pipes open after it was killed.
        const int timeout = killed ? 1000 : static_cast<int>(left.count()) + 1;
        const int ready = ::poll(fds.data(), fds.size(), timeout);
        if (ready == 0 && killed) {
            break;
        }
        if (fds[0].revents != 0) {
            const auto bytes = readSome(child.output(), buffer);
            if (!bytes.empty() && !killed && !output(bytes)) {
                killed = true;
                child.kill();
            }
        }
        if (fds[1].revents != 0) {
            keepErrors(ended.errors, readSome(child.errors(), buffer));
        }
    }
    // A program that closed its output may still hang.
    while (!killed && !child.ended()) {
        if (Clock::now() > end) {
            ended.timedOut = true;
            child.kill();
            break;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ended.status = child.wait();
    return ended;
}

void LineSplitter::add(std::span<const uint8_t> bytes)
{
    rest_.append(reinterpret_cast<const char *>(bytes.data()), bytes.size());
    size_t start = 0;
    for (size_t end = 0; (end = rest_.find('\n', start)) != std::string::npos; start = end + 1) {
        take_(std::string_view(rest_).substr(start, end - start));
    }
    rest_.erase(0, start);
}

} // namespace daedalus::conformance
