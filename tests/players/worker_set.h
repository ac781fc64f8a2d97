// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include <sys/types.h>

#include "daedalus/unique_fd.h"

namespace daedalus::test {

/// How one piece of work ended.
struct Outcome {
    enum class Kind {
        Done,    ///< `status` is what the work returned
        Crashed, ///< `status` is the signal
        Hung,    ///< ended by us
    };

    Kind kind = Kind::Done;
    int status = 0;
};

/// Does numbered pieces of work in child processes, each of which does many: a crash or a
/// hang costs that piece only, and starts of processes are few.
class WorkerSet {
public:
    /// @param work is called in a child with the piece's number and returns 0 to 255
    /// @param finish is called in a child that has no more work
    /// @param report is called here, once for each piece
    struct Callbacks {
        std::function<int(size_t)> work;
        std::function<void()> finish;
        std::function<void(size_t, const Outcome &)> report;
    };

    /// Does pieces 0 to @p count - 1 with @p workers processes at once.
    /// @param limit for one piece
    /// @return false if no process could be started or the pipes failed
    static bool run(size_t count, unsigned workers, std::chrono::seconds limit,
                    const Callbacks &callbacks);

private:
    using Clock = std::chrono::steady_clock;

    struct Worker {
        pid_t pid = -1;
        UniqueFd orders;
        UniqueFd answers;
        std::optional<size_t> piece; ///< being done
        Clock::time_point since;
    };

    WorkerSet(size_t count, std::chrono::seconds limit, const Callbacks &callbacks)
        : count_(count), limit_(limit), callbacks_(callbacks)
    {}

    bool start(Worker &worker);
    [[noreturn]] void serve(int orders, int answers) const;
    void give(Worker &worker);
    void hear(Worker &worker);
    void end(Worker &worker, bool hung);
    bool loop();

    size_t count_;
    size_t next_ = 0;
    std::chrono::seconds limit_;
    const Callbacks &callbacks_;
    std::vector<Worker> workers_;
};

} // namespace daedalus::test
