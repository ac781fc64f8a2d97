// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/session_counters.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace daedalus::test {
namespace {

using namespace std::chrono_literals;

TEST(LatencyHistogram, PercentilesAreRightToWithinAnEighth)
{
    daemon::LatencyHistogram histogram;
    for (int i = 1; i <= 1000; ++i) {
        histogram.add(std::chrono::microseconds(i * 100));
    }
    for (const unsigned percent : {1U, 50U, 90U, 99U, 100U}) {
        const auto want = std::chrono::microseconds(percent * 1000);
        EXPECT_GE(histogram.percentile(percent), want) << percent;
        EXPECT_LE(histogram.percentile(percent), want * 9 / 8 + 1us) << percent;
    }
}

TEST(LatencyHistogram, TakesWhatIsBeyondItsRange)
{
    daemon::LatencyHistogram histogram;
    EXPECT_EQ(histogram.percentile(50), 0ns);
    histogram.add(-1s);
    EXPECT_LE(histogram.percentile(50), 1us);
    histogram.add(24h);
    histogram.add(24h);
    EXPECT_GE(histogram.percentile(99), 30s);
}

TEST(SessionCounters, AreSharedWithAProcessForkedLater)
{
    const auto counters = daemon::shareSessionCounters();
    ASSERT_TRUE(counters) << counters.error().what();
    const pid_t child = ::fork();
    if (child == 0) {
        (*counters)->frames += 7;
        (*counters)->setExporter("system");
        (*counters)->setExporter("later");
        (*counters)->latency.add(5ms);
        ::_exit(0);
    }
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    EXPECT_EQ((*counters)->frames, 7U);
    EXPECT_EQ((*counters)->exporter(), "system");
    EXPECT_GE((*counters)->latency.percentile(50), 5ms);
}

TEST(SessionCounters, ExporterIsPrintableWhateverAWorkerWrites)
{
    daemon::SessionCounters counters;
    EXPECT_EQ(counters.exporter(), "");
    counters.setExporter("drm\",\"x\":\"");
    EXPECT_EQ(counters.exporter(), "drm");
    daemon::SessionCounters full;
    full.setExporter(std::string(100, 'x'));
    EXPECT_EQ(full.exporter(), std::string(32, 'x'));
}

} // namespace
} // namespace daedalus::test
