// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-conformance/process.h"

#include <gtest/gtest.h>

namespace daedalus::conformance {

namespace {

using namespace std::chrono_literals;

struct Ran {
    conformance::Ended ended;
    std::string output;
};

Ran run(const std::string &script, std::chrono::seconds limit = 20s,
        std::map<std::string, std::string> environment = {})
{
    Ran ran;
    const auto ended = conformance::runProcess({{"sh", "-c", script}, std::move(environment)},
                                               limit, [&ran](std::span<const uint8_t> bytes) {
                                                   ran.output.append(bytes.begin(), bytes.end());
                                                   return true;
                                               });
    EXPECT_TRUE(ended);
    ran.ended = ended.value_or(conformance::Ended{});
    return ran;
}

} // namespace

TEST(Process, OutputErrorsAndStatus)
{
    const auto ran = run("echo out; echo err >&2; exit 7");
    EXPECT_EQ(ran.output, "out\n");
    EXPECT_EQ(ran.ended.errors, "err\n");
    EXPECT_EQ(ran.ended.status, 7);
    EXPECT_FALSE(ran.ended.timedOut);
}

TEST(Process, EnvironmentIsAddedAndTakenAway)
{
    EXPECT_EQ(run("echo $ADDED-$HOME", 20s, {{"ADDED", "x"}, {"HOME", ""}}).output, "x-\n");
}

TEST(Process, AStuckOneIsEnded)
{
    const auto ran = run("echo before; exec sleep 100", 1s);
    EXPECT_TRUE(ran.ended.timedOut);
    EXPECT_EQ(ran.output, "before\n");
    EXPECT_EQ(ran.ended.status, 128 + 9);
}

TEST(Process, SoIsOneThatClosedItsOutput)
{
    EXPECT_TRUE(run("exec >&- 2>&-; exec sleep 100", 1s).ended.timedOut);
}

TEST(Process, ASignalIsAStatus)
{
    EXPECT_EQ(run("kill -SEGV $$").ended.status, 128 + 11);
}

TEST(Process, WhatDoesNotExistIsAnError)
{
    EXPECT_FALSE(conformance::runProcess({{"/does/not/exist"}, {}}, 1s,
                                         [](std::span<const uint8_t>) { return true; }));
}

TEST(LineSplitter, JoinsPieces)
{
    std::vector<std::string> lines;
    conformance::LineSplitter splitter(
        [&lines](std::string_view line) { lines.emplace_back(line); });
    for (const std::string piece : {"a", "b\nc\n", "", "d", "\n"}) {
        splitter.add({reinterpret_cast<const uint8_t *>(piece.data()), piece.size()});
    }
    EXPECT_EQ(lines, (std::vector<std::string>{"ab", "c", "d"}));
}

} // namespace daedalus::conformance
