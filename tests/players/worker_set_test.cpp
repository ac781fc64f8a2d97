// SPDX-License-Identifier: BSD-2-Clause
#include "tests/players/worker_set.h"

#include <csignal>
#include <cstdlib>
#include <map>

#include <unistd.h>

#include <gtest/gtest.h>

namespace daedalus::test {

namespace {

using namespace std::chrono_literals;

std::map<size_t, Outcome> runAll(
    size_t count, const std::function<int(size_t)> &work,
    const std::function<void()> &finish = [] {})
{
    std::map<size_t, Outcome> outcomes;
    const WorkerSet::Callbacks callbacks{
        .work = work,
        .finish = finish,
        .report = [&outcomes, count](size_t number, const Outcome &outcome) {
            // Only the number that stands for "at the end" may come more than once.
            EXPECT_TRUE(number == count || !outcomes.contains(number)) << number;
            outcomes[number] = outcome;
        }};
    EXPECT_TRUE(WorkerSet::run(count, 3, 1s, callbacks));
    return outcomes;
}

} // namespace

TEST(WorkerSet, ReportsWhatTheWorkReturned)
{
    const auto outcomes = runAll(20, [](size_t number) { return static_cast<int>(number) % 3; });
    ASSERT_EQ(outcomes.size(), 20U);
    for (const auto &[number, outcome] : outcomes) {
        EXPECT_EQ(outcome.kind, Outcome::Kind::Done);
        EXPECT_EQ(outcome.status, static_cast<int>(number) % 3);
    }
}

TEST(WorkerSet, ACrashAndAHangCostOnePieceEach)
{
    const auto outcomes = runAll(12, [](size_t number) {
        if (number == 4) {
            (void)std::raise(SIGKILL);
        }
        if (number == 7) {
            ::pause();
        }
        return 0;
    });
    ASSERT_EQ(outcomes.size(), 12U);
    for (const auto &[number, outcome] : outcomes) {
        const auto expected = number == 4   ? Outcome::Kind::Crashed
                              : number == 7 ? Outcome::Kind::Hung
                                            : Outcome::Kind::Done;
        EXPECT_EQ(outcome.kind, expected) << number;
    }
    EXPECT_EQ(outcomes.at(4).status, SIGKILL);
}

TEST(WorkerSet, ACrashAtTheEndIsReportedToo)
{
    const auto outcomes = runAll(
        3, [](size_t) { return 0; }, [] { (void)std::raise(SIGKILL); });
    ASSERT_TRUE(outcomes.contains(3));
    EXPECT_EQ(outcomes.at(3).kind, Outcome::Kind::Crashed);
}

} // namespace daedalus::test
