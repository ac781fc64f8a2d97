// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-conformance/reference.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "tools/common/temporary_folder.h"
#include "tools/daedalus-conformance/process.h"
#include "tools/daedalus-conformance/stream_info.h"

namespace daedalus::conformance {

namespace {

/// A short stream that ffmpeg makes, and what ffmpeg itself says of its frames.
class ReferenceTest : public testing::Test {
protected:
    void SetUp() override
    {
        file_ = folder_.file("stream.264");
        ASSERT_TRUE(ffmpeg({"-f", "lavfi", "-i", "testsrc2=s=178x98,trim=end_frame=9", "-pix_fmt",
                            "yuv420p", "-c:v", "libx264", file_},
                           {}));
    }

    static bool ffmpeg(const std::vector<std::string> &arguments,
                       const conformance::OutputSink &output)
    {
        conformance::Command command{{"ffmpeg", "-v", "error", "-nostdin", "-y"}, {}};
        command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
        const auto ended = conformance::runProcess(
            command, std::chrono::seconds(60),
            output ? output : [](std::span<const uint8_t>) { return true; });
        return ended && ended->status == 0;
    }

    tools::TemporaryFolder folder_;
    std::string file_;
};

} // namespace

TEST_F(ReferenceTest, IsWhatFfmpegDecodes)
{
    conformance::FrameList wanted;
    conformance::LineSplitter lines([&wanted](std::string_view line) {
        if (auto frame = conformance::parseFrameMd5(line)) {
            wanted.push_back(*frame);
        }
    });
    ASSERT_TRUE(ffmpeg({"-threads", "1", "-i", file_, "-f", "framemd5", "-"},
                       [&lines](std::span<const uint8_t> bytes) {
                           lines.add(bytes);
                           return true;
                       }));
    conformance::References references("");
    const auto frames = references.frames(file_, conformance::Cropping::Applied);
    ASSERT_TRUE(frames);
    EXPECT_EQ(frames->size(), 9U);
    EXPECT_EQ(*frames, wanted);
}

TEST_F(ReferenceTest, IsKeptAndFollowsTheContent)
{
    const auto cache = folder_.file("cache");
    std::filesystem::create_directories(cache);
    const auto first = conformance::References(cache).frames(file_, conformance::Cropping::Applied);
    ASSERT_TRUE(first);
    ASSERT_FALSE(std::filesystem::is_empty(cache));
    // What is in the cache is believed: a changed list shows that it was read.
    const auto kept = std::filesystem::directory_iterator(cache)->path();
    conformance::FrameList changed = *first;
    changed.pop_back();
    ASSERT_TRUE(conformance::writeFrameList(kept.string(), changed));
    EXPECT_EQ(*conformance::References(cache).frames(file_, conformance::Cropping::Applied),
              changed);
    // Another content is another stream.
    std::filesystem::resize_file(file_, std::filesystem::file_size(file_) - 100);
    const auto other = conformance::References(cache).frames(file_, conformance::Cropping::Applied);
    ASSERT_TRUE(other);
    EXPECT_NE(*other, changed);
}

TEST_F(ReferenceTest, GivesTheSamplesOfAFrame)
{
    conformance::References references("");
    const auto frames = references.frames(file_, conformance::Cropping::Applied);
    ASSERT_TRUE(frames);
    const auto picture = conformance::References::frame(file_, conformance::Cropping::Applied, 5);
    ASSERT_TRUE(picture);
    EXPECT_EQ(picture->width, 178U);
    EXPECT_EQ(conformance::hashFrame(picture->samples), frames->at(5));
}

TEST_F(ReferenceTest, SaysWhatIsNoVideo)
{
    conformance::References references("");
    EXPECT_FALSE(references.frames("/proc/self/exe", conformance::Cropping::Applied));
    EXPECT_FALSE(conformance::probeStream("/dev/null"));
}

} // namespace daedalus::conformance
