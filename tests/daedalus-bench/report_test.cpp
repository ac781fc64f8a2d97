// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-bench/report.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "tools/daedalus-bench/claims.h"
#include "tools/daedalus-bench/pipe_round_trip.h"
#include "tools/daedalus-bench/play_process.h"
#include "tools/daedalus-bench/results.h"

namespace daedalus::bench {
namespace {

nlohmann::json sample(const std::string &part, const std::string &path, unsigned repeat,
                      double wall, double cpu)
{
    return {{"part", part},
            {"film", "h264-1080p-8"},
            {"path", path},
            {"format", path == "bare" ? "-" : "i420"},
            {"threads", 1},
            {"streams", 1},
            {"repeat", repeat},
            {"pictures", 10},
            {"memory", 1024 * 1024},
            {"wall", wall},
            {"cpu", cpu}};
}

class ReportTest : public testing::Test {
protected:
    ReportTest()
    {
        const std::string pattern = testing::TempDir() + "bench-XXXXXX";
        std::string name = pattern;
        folder_ = ::mkdtemp(name.data());
    }
    ~ReportTest() override { std::filesystem::remove_all(folder_); }

    std::string write(const nlohmann::json &samples)
    {
        const std::string file = folder_ / "results.json";
        std::ofstream(file) << nlohmann::json{{"machine", {{"place", "Somewhere"}, {"cpus", 2}}},
                                              {"samples", samples}};
        return file;
    }

    static std::string read(const std::filesystem::path &file)
    {
        std::ostringstream text;
        text << std::ifstream(file).rdbuf();
        return text.str();
    }

    std::filesystem::path folder_;
};

TEST_F(ReportTest, RatiosAreOfTheSameRepeat)
{
    // The machine was twice as busy in the second repeat, and four times in the third.
    const auto results = bench::Results::read(
        write({sample("throughput", "bare", 0, 1, 1), sample("throughput", "inproc", 0, 1.1, 1),
               sample("throughput", "bare", 1, 2, 1), sample("throughput", "inproc", 1, 2.4, 1),
               sample("throughput", "bare", 2, 4, 1), sample("throughput", "inproc", 2, 4, 1)}));
    ASSERT_TRUE(results) << results.error().what();
    const auto keys = results->keys("throughput");
    ASSERT_EQ(keys.size(), 2U);
    const auto ratios = results->ratios(keys[1], keys[0], "wall");
    EXPECT_EQ(ratios.count(), 3U);
    EXPECT_DOUBLE_EQ(ratios.median(), 1.1);
    EXPECT_DOUBLE_EQ(ratios.least(), 1.0);
    EXPECT_DOUBLE_EQ(ratios.most(), 1.2);
}

TEST_F(ReportTest, WritesTablesAndPlots)
{
    const std::string markdown = folder_ / "performance.md";
    const auto written = bench::writeReport(
        {.files = {write(
             {sample("throughput", "bare", 0, 1, 2), sample("throughput", "inproc", 0, 1.5, 2.5),
              sample("latency", "bare", 0, 1, 2), sample("latency", "inproc", 0, 1.25, 2)})},
         .markdown = markdown,
         .plots = folder_});
    ASSERT_TRUE(written) << written.error().what();
    const std::string text = read(markdown);
    EXPECT_NE(text.find("Somewhere"), std::string::npos) << text;
    EXPECT_NE(text.find("| h264-1080p-8 | 1 | inproc i420 | 150.00 (150.00–150.00) | "
                        "1.500 (1.500–1.500) | 1.250 (1.250–1.250) |"),
              std::string::npos)
        << text;
    // (1.25 s - 1.05 × 1 s) / 10 pictures
    EXPECT_NE(text.find("| 20000 |"), std::string::npos) << text;
    EXPECT_NE(read(folder_ / "bench-time-1.svg").find("1.500</text>"), std::string::npos);
}

TEST_F(ReportTest, ClaimsAreComparedWithWhatWasMeasured)
{
    auto good = sample("throughput", "inproc", 0, 1.02, 1);
    auto other = sample("throughput", "inproc", 0, 1.2, 1);
    auto otherBare = sample("throughput", "bare", 0, 1, 1);
    other["film"] = otherBare["film"] = "vp9-1080p-8";
    auto eight = sample("streams", "kernel", 0, 8.8, 8);
    eight["streams"] = 8;
    eight["threads"] = 0;
    auto one = sample("streams", "kernel", 0, 1, 1);
    one["threads"] = 0;
    const auto results = bench::Results::read(
        write({good, sample("throughput", "bare", 0, 1, 1), other, otherBare,
               sample("texture", "bare", 0, 1, 2), sample("texture", "kernel", 0, 1, 1.5),
               sample("latency", "bare", 0, 1, 1), sample("latency", "inproc", 0, 1.06, 1),
               sample("throughput", "kernel", 0, 1.2, 1), eight, one}));
    ASSERT_TRUE(results) << results.error().what();
    const std::string table = bench::claimsTable({*results});
    for (const std::string row : {
             "one thread: time / bare | Somewhere | ≤ 1.030 | 1.110 (1.020–1.200) | 2 | met by 1 "
             "of 2 |",
             "through the module: time / bare | Somewhere | ≤ 1.100 | 1.200 (1.200–1.200) | 1 | "
             "**missed** |",
             "CPU time / software and upload | Somewhere | ≤ 0.900 | 0.750 (0.750–0.750) | 1 | met "
             "|",
             // 8 films in 8.8 times the time of one
             "throughput / one stream | Somewhere | ≥ 0.95 | 0.909 (0.909–0.909) | 1 | **missed** "
             "|",
             // (1.06 s - 1.05 × 1 s) / 10 pictures
             "µs beyond 1.05 of bare | Somewhere | ≤ 100 | 1000 (1000–1000) | 1 | **missed** |",
         }) {
        EXPECT_NE(table.find(row), std::string::npos) << row << "\n" << table;
    }
    EXPECT_EQ(table.find("two threads"), std::string::npos) << table;
}

TEST_F(ReportTest, SaysWhatIsNoResult)
{
    std::ofstream(folder_ / "other.json") << "[1, 2]";
    const auto written =
        bench::writeReport({.files = {folder_ / "other.json"}, .markdown = {}, .plots = {}});
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code(), EINVAL);
}

TEST(PlayProcess, AFailureIsAnError)
{
    bench::Film film;
    film.name = "nothing";
    film.parameters.reset(avcodec_parameters_alloc());
    bench::Job job;
    job.path = "bare";
    const auto result = bench::PlayProcess::start(film, job);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().what().find("no decoder for nothing"), std::string::npos)
        << result.error().what();
}

TEST(PipeRoundTrip, TakesTime)
{
    const auto time = bench::pipeRoundTrip();
    ASSERT_TRUE(time) << time.error().what();
    EXPECT_GT(*time, 0);
}

} // namespace
} // namespace daedalus::bench
