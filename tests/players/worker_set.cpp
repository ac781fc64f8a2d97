// SPDX-License-Identifier: BSD-2-Clause
#include "tests/players/worker_set.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace daedalus::test {

namespace {

constexpr std::chrono::milliseconds kTick{200};

bool readAll(int fd, void *data, size_t size)
{
    ssize_t got = 0;
    do {
        got = ::read(fd, data, size);
    } while (got < 0 && errno == EINTR);
    // A pipe moves this little at once or not at all.
    return got == static_cast<ssize_t>(size);
}

bool writeAll(int fd, const void *data, size_t size)
{
    return ::write(fd, data, size) == static_cast<ssize_t>(size);
}

} // namespace

bool WorkerSet::run(size_t count, unsigned workers, std::chrono::seconds limit,
                    const Callbacks &callbacks)
{
    WorkerSet set(count, limit, callbacks);
    set.workers_.resize(std::min<size_t>(workers, count));
    // A worker that died is noticed when its pipe ends.
    (void)std::signal(SIGPIPE, SIG_IGN);
    return std::all_of(set.workers_.begin(), set.workers_.end(),
                       [&set](Worker &worker) { return set.start(worker); }) &&
           set.loop();
}

bool WorkerSet::start(Worker &worker)
{
    std::array<int, 2> orders{};
    std::array<int, 2> answers{};
    if (::pipe2(orders.data(), O_CLOEXEC) != 0 || ::pipe2(answers.data(), O_CLOEXEC) != 0) {
        return false;
    }
    const UniqueFd ordersRead(orders[0]);
    const UniqueFd answersWrite(answers[1]);
    worker.orders = UniqueFd(orders[1]);
    worker.answers = UniqueFd(answers[0]);
    worker.pid = ::fork();
    if (worker.pid == 0) {
        (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
        // The other workers' pipes have to end with this process's parent alone.
        for (Worker &other : workers_) {
            other.orders.reset();
            other.answers.reset();
        }
        serve(ordersRead.get(), answersWrite.get());
    }
    if (worker.pid < 0) {
        return false;
    }
    give(worker);
    return true;
}

void WorkerSet::serve(int orders, int answers) const
{
    size_t piece = 0;
    while (readAll(orders, &piece, sizeof(piece))) {
        const int status = callbacks_.work(piece);
        if (!writeAll(answers, &status, sizeof(status))) {
            break;
        }
    }
    callbacks_.finish();
    std::_Exit(0);
}

void WorkerSet::give(Worker &worker)
{
    worker.piece.reset();
    worker.since = Clock::now();
    if (next_ == count_) {
        worker.orders.reset();
        return;
    }
    worker.piece = next_++;
    (void)writeAll(worker.orders.get(), &*worker.piece, sizeof(*worker.piece));
}

void WorkerSet::hear(Worker &worker)
{
    int status = 0;
    if (!readAll(worker.answers.get(), &status, sizeof(status))) {
        end(worker, false);
        return;
    }
    if (worker.piece) {
        callbacks_.report(*worker.piece, {Outcome::Kind::Done, status});
    }
    give(worker);
}

/// The worker is gone, or has to go; another one takes its place while there is work.
void WorkerSet::end(Worker &worker, bool hung)
{
    if (hung) {
        (void)::kill(worker.pid, SIGKILL);
    }
    int status = 0;
    (void)::waitpid(worker.pid, &status, 0);
    worker.pid = -1;
    worker.answers.reset();
    worker.orders.reset();
    const int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (worker.piece) {
        callbacks_.report(*worker.piece,
                          {hung ? Outcome::Kind::Hung : Outcome::Kind::Crashed, signal});
    } else if (hung || signal != 0) {
        // At its end, when it gives everything back.
        callbacks_.report(count_, {hung ? Outcome::Kind::Hung : Outcome::Kind::Crashed, signal});
    }
    worker.piece.reset();
    if (next_ < count_) {
        (void)start(worker);
    }
}

bool WorkerSet::loop()
{
    for (;;) {
        std::vector<pollfd> polled;
        for (const Worker &worker : workers_) {
            polled.push_back({worker.answers ? worker.answers.get() : -1, POLLIN, 0});
        }
        if (std::none_of(polled.begin(), polled.end(),
                         [](const pollfd &entry) { return entry.fd >= 0; })) {
            return next_ == count_;
        }
        if (::poll(polled.data(), polled.size(), static_cast<int>(kTick.count())) < 0 &&
            errno != EINTR) {
            return false;
        }
        for (size_t i = 0; i < workers_.size(); ++i) {
            if (polled[i].fd < 0) {
                continue;
            }
            if (polled[i].revents != 0) {
                hear(workers_[i]);
            } else if (Clock::now() - workers_[i].since > limit_) {
                end(workers_[i], true);
            }
        }
    }
}

} // namespace daedalus::test
