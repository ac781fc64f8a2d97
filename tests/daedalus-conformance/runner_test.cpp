// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-conformance/runner.h"

#include <filesystem>
#include <sstream>

#include <gtest/gtest.h>

#include "tools/common/temporary_folder.h"
#include "tools/daedalus-conformance/report.h"

namespace daedalus::conformance {

namespace {

enum class Behaviour { Right, WrongFrame, Missing, Error, Refuses, RefusesWrongly, Hangs };

/// Decodes in software, and does on purpose what decoders do by mistake.
class FaultyClient : public conformance::Client {
public:
    explicit FaultyClient(Behaviour behaviour) : behaviour_(behaviour) {}

    std::optional<std::string> unavailable() override { return std::nullopt; }
    [[nodiscard]] std::vector<std::string>
    formats(const conformance::StreamInfo & /*info*/) const override
    {
        return {"nv12", "i420"};
    }

    conformance::Attempt decode(const conformance::Stream &stream, const std::string & /*format*/,
                                const conformance::FrameList & /*expected*/,
                                std::chrono::seconds /*limit*/) override
    {
        conformance::Attempt attempt;
        for (const tools::Picture &picture : pictures(stream)) {
            attempt.frames.push_back(conformance::hashFrame(picture.samples));
        }
        attempt.refused =
            behaviour_ == Behaviour::Refuses || behaviour_ == Behaviour::RefusesWrongly;
        attempt.hung = behaviour_ == Behaviour::Hangs;
        if (behaviour_ == Behaviour::Error) {
            attempt.error = "it ended with 1";
        }
        return attempt;
    }

    std::vector<uint8_t> samples(const conformance::Stream &stream, const std::string & /*format*/,
                                 uint64_t before, uint64_t bytes,
                                 std::chrono::seconds /*limit*/) override
    {
        conformance::Excerpt excerpt(before, bytes);
        for (const tools::Picture &picture : pictures(stream)) {
            if (!excerpt.add(picture.samples)) {
                break;
            }
        }
        return excerpt.take();
    }

private:
    [[nodiscard]] std::vector<tools::Picture> pictures(const conformance::Stream &stream) const
    {
        std::vector<tools::Picture> result;
        (void)conformance::decodeSoftware(stream.file, conformance::Cropping::Applied,
                                          [&result](tools::Picture &&picture) {
                                              result.push_back(std::move(picture));
                                              return true;
                                          });
        if (behaviour_ == Behaviour::WrongFrame || behaviour_ == Behaviour::RefusesWrongly) {
            result.at(3).samples.at(1000) ^= 1;
        }
        if (behaviour_ == Behaviour::Missing) {
            result.pop_back();
        }
        return result;
    }

    Behaviour behaviour_;
};

class RunnerTest : public testing::Test {
protected:
    void SetUp() override
    {
        const auto file = folder_.file("stream.ivf");
        const auto ended = conformance::runProcess(
            {{"ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i",
              "testsrc2=s=128x96,trim=end_frame=6", "-c:v", "libvpx", file},
             {}},
            std::chrono::seconds(60), [](std::span<const uint8_t>) { return true; });
        ASSERT_TRUE(ended && ended->status == 0);
        stream_.name = "stream";
        stream_.file = file;
        stream_.elementary = file;
        stream_.info = conformance::probeStream(file).value_or(conformance::StreamInfo{});
        options_.differences = folder_.file("differences");
        options_.jobs = 3;
    }

    std::vector<conformance::Outcome> run(Behaviour behaviour, size_t copies = 1)
    {
        conformance::Clients clients;
        clients["path"] = std::make_unique<FaultyClient>(behaviour);
        conformance::References references("");
        conformance::Runner runner(options_, clients, references);
        return runner.run(std::vector<conformance::Stream>(copies, stream_));
    }

    bool passes(Behaviour behaviour)
    {
        return conformance::good(conformance::totalsOf(run(behaviour)), options_);
    }

    tools::TemporaryFolder folder_;
    conformance::Stream stream_;
    conformance::Options options_;
};

} // namespace

TEST_F(RunnerTest, ExactIsExact)
{
    const auto outcomes = run(Behaviour::Right, 7);
    ASSERT_EQ(outcomes.size(), 7U);
    for (const conformance::Outcome &outcome : outcomes) {
        EXPECT_EQ(outcome.status, conformance::Status::Exact);
        EXPECT_EQ(outcome.comparison.exact, 6U);
        EXPECT_TRUE(outcome.picture.empty());
    }
    EXPECT_NE(outcomes[0].format, outcomes[1].format) << "formats take turns";
    EXPECT_TRUE(conformance::good(conformance::totalsOf(outcomes), options_));
}

TEST_F(RunnerTest, OneWrongBitIsReportedWithAPicture)
{
    const auto outcomes = run(Behaviour::WrongFrame);
    ASSERT_EQ(outcomes.size(), 1U);
    EXPECT_EQ(outcomes[0].status, conformance::Status::Different);
    EXPECT_EQ(outcomes[0].comparison.firstDifferent, 3U);
    EXPECT_EQ(outcomes[0].comparison.exact, 5U);
    EXPECT_TRUE(std::filesystem::exists(outcomes[0].picture));
    EXPECT_FALSE(conformance::good(conformance::totalsOf(outcomes), options_));
    const auto json = conformance::toJson(outcomes, {}, nullptr);
    EXPECT_EQ(json["results"][0]["first_different"], 3);
    EXPECT_EQ(json["results"][0]["status"], "DIFFERENT");
    std::ostringstream table;
    conformance::printTable(table, outcomes, {}, options_);
    EXPECT_NE(table.str().find("DIFFERENT, first frame 3"), std::string::npos) << table.str();
}

TEST_F(RunnerTest, MissingFramesErrorsAndHangsAreFailures)
{
    EXPECT_FALSE(passes(Behaviour::Missing));
    EXPECT_EQ(run(Behaviour::Error)[0].status, conformance::Status::Failed);
    EXPECT_FALSE(passes(Behaviour::Error));
    EXPECT_EQ(run(Behaviour::Hangs)[0].status, conformance::Status::Hung);
    EXPECT_FALSE(passes(Behaviour::Hangs));
}

TEST_F(RunnerTest, RefusingIsRightOnlyWithExactSoftware)
{
    EXPECT_EQ(run(Behaviour::Refuses)[0].status, conformance::Status::Refused);
    EXPECT_TRUE(passes(Behaviour::Refuses));
    EXPECT_EQ(run(Behaviour::RefusesWrongly)[0].status, conformance::Status::Failed);
    EXPECT_FALSE(passes(Behaviour::RefusesWrongly));
    options_.strict = true;
    EXPECT_FALSE(passes(Behaviour::Refuses));
    EXPECT_TRUE(passes(Behaviour::Right));
}

TEST_F(RunnerTest, NothingAtAllIsNoSuccess)
{
    EXPECT_FALSE(conformance::good(conformance::totalsOf({}), options_));
}

TEST(Excerpt, TakesTheMiddle)
{
    const std::vector<uint8_t> data{0, 1, 2, 3, 4, 5, 6, 7};
    conformance::Excerpt excerpt(3, 4);
    EXPECT_TRUE(excerpt.add(std::span(data).first(2)));
    EXPECT_TRUE(excerpt.add(std::span(data).subspan(2, 3)));
    EXPECT_FALSE(excerpt.add(std::span(data).subspan(5)));
    EXPECT_EQ(excerpt.take(), (std::vector<uint8_t>{3, 4, 5, 6}));
}

} // namespace daedalus::conformance
