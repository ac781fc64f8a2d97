// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/import_check.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

#include <sys/wait.h>
#include <unistd.h>

#include "daedalus/unique_fd.h"
#include "tools/daedalus-play/import_trial.h"

namespace daedalus::play {
namespace {

/// Seconds that a child may take, on a machine that has other things to do too.
constexpr unsigned kLimit = 60;

/// What the child tells: the display's 'V'endor, then for each trial 'B'egins, 'W'orks, 'F'ails
/// REASON; 'E'rror REASON before all that.
void tell(int pipe, char what, const std::string &reason = {})
{
    std::string line = what + reason;
    for (char &letter : line) {
        letter = letter == '\n' ? ' ' : letter;
    }
    line += '\n';
    if (::write(pipe, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        ::_exit(1);
    }
}

void tryAll(int pipe, const std::string &eglNode, const std::string &vaNode,
            const std::vector<ImportVerdict> &verdicts, size_t first)
{
    const auto device = tools::EglDevice::open(eglNode);
    if (!device) {
        return tell(pipe, 'E', device.error().what());
    }
    const auto display = tools::VaDisplay::open(vaNode);
    if (!display) {
        return tell(pipe, 'E', display.error().what());
    }
    tell(pipe, 'V', (*display)->vendor());
    for (size_t i = first; i < verdicts.size(); ++i) {
        tell(pipe, 'B');
        const auto result = tryImport(**device, *display, *verdicts[i].format, verdicts[i].mode);
        if (result) {
            tell(pipe, 'W');
        } else {
            tell(pipe, 'F', result.error().what());
        }
    }
}

[[noreturn]] void beChild(int pipe, const std::string &eglNode, const std::string &vaNode,
                          const std::vector<ImportVerdict> &verdicts, size_t first)
{
    // A crash is what this child is for; nobody wants a dump of it, or a line of statistics.
    for (const int number : {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE, SIGALRM}) {
        static_cast<void>(::signal(number, SIG_DFL));
    }
    ::unsetenv("DAEDALUS_STATS");
    ::alarm(kLimit);
    tryAll(pipe, eglNode, vaNode, verdicts, first);
    ::_exit(0);
}

std::string endOf(int status)
{
    if (WIFSIGNALED(status)) {
        return WTERMSIG(status) == SIGALRM ? std::string("the graphics driver hangs on it")
                                           : std::string("the graphics driver crashes on it (") +
                                                 ::strsignal(WTERMSIG(status)) + ")";
    }
    return "the trial ended with status " + std::to_string(WEXITSTATUS(status));
}

/// All that the child writes, until it ends.
std::string readAll(int pipe)
{
    std::string text;
    char buffer[4096];
    for (;;) {
        const ssize_t count = ::read(pipe, buffer, sizeof(buffer));
        if (count > 0) {
            text.append(buffer, static_cast<size_t>(count));
        } else if (count == 0 || errno != EINTR) {
            return text;
        }
    }
}

/// Enters what one child found out, from trial @p next on.
/// @return the next trial to make
Result<size_t> enter(const std::string &text, int status, ImportVerdicts &verdicts, size_t next)
{
    std::vector<ImportVerdict> &list = verdicts.list;
    bool begun = false;
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find('\n', at), text.size());
        const char what = text[at];
        const std::string reason = text.substr(at + 1, end - at - 1);
        at = end + 1;
        if (what == 'E') {
            return fail(ENODEV, reason);
        }
        if (what == 'V') {
            if (!verdicts.vendor.empty() && verdicts.vendor != reason) {
                return fail(EAGAIN, "surfaces were of two kinds while they were tried: " +
                                        verdicts.vendor + ", then " + reason);
            }
            verdicts.vendor = reason;
            continue;
        }
        begun = what == 'B';
        if (!begun && next < list.size()) {
            list[next].works = what == 'W';
            list[next].why = reason;
            ++next;
        }
    }
    if (begun && next < list.size()) {
        list[next++].why = endOf(status);
    } else if (text.empty()) {
        return fail(ENODEV, "EGL and VA-API cannot be set up: " + endOf(status));
    }
    return next;
}

} // namespace

Result<ImportVerdicts>
checkImports(const std::string &eglNode, const std::string &vaNode,
             const std::function<bool(const gbm::FormatInfo &, tools::ImportMode)> &wanted)
{
    ImportVerdicts verdicts;
    for (const gbm::FormatInfo &format : gbm::FormatInfo::all()) {
        for (const tools::ImportMode mode :
             {tools::ImportMode::Planes, tools::ImportMode::OneImage}) {
            if (!wanted || wanted(format, mode)) {
                verdicts.list.push_back(
                    {.format = &format, .mode = mode, .works = false, .why = {}});
            }
        }
    }
    for (size_t next = 0; next < verdicts.list.size();) {
        int ends[2] = {-1, -1};
        if (::pipe(ends) != 0) {
            return failErrno("pipe");
        }
        const UniqueFd reading(ends[0]);
        UniqueFd writing(ends[1]);
        const pid_t child = ::fork();
        if (child < 0) {
            return failErrno("fork");
        }
        if (child == 0) {
            beChild(writing.get(), eglNode, vaNode, verdicts.list, next);
        }
        writing.reset();
        const std::string text = readAll(reading.get());
        int status = 0;
        while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
        const auto after = enter(text, status, verdicts, next);
        if (!after) {
            return tl::unexpected(after.error());
        }
        if (*after == next) {
            return fail(ENODEV, "imports cannot be tried: " + endOf(status));
        }
        next = *after;
    }
    return verdicts;
}

} // namespace daedalus::play
