// SPDX-License-Identifier: BSD-2-Clause
// Containers and their lack: the same pictures have to come out of all of them.
#include <gtest/gtest.h>

#include "tests/support/vectors.h"
#include "tools/v4l2-decode/parser/elementary_stream.h"

namespace daedalus::test {
namespace {

std::vector<v4l2decode::StatelessPicture> picturesOf(std::vector<uint8_t> bytes)
{
    std::vector<v4l2decode::StatelessPicture> pictures;
    auto stream = v4l2decode::ElementaryStream::fromBytes(std::move(bytes));
    EXPECT_TRUE(stream) << stream.error().what();
    while (stream) {
        auto event = stream->next();
        if (!event) {
            break;
        }
        if (auto *picture = std::get_if<v4l2decode::StatelessPicture>(&*event)) {
            pictures.push_back(std::move(*picture));
        }
    }
    return pictures;
}

/// AV1 5.2, the low overhead bitstream format: OBUs with sizes, and nothing around them.
TEST(ElementaryStream, ObusAreWhatIvfHolds)
{
    const auto encoded = encodeStream({.encoder = "libaom-av1",
                                       .options = "cpu-used=8:lag-in-frames=12:crf=40",
                                       .width = 64,
                                       .height = 48});
    const auto fromObus = picturesOf(encoded.bytes());
    const auto fromIvf = picturesOf(encoded.ivf());
    EXPECT_GE(fromIvf.size(), 40U);
    ASSERT_EQ(fromObus.size(), fromIvf.size());
    for (size_t i = 0; i < fromIvf.size(); ++i) {
        EXPECT_EQ(fromObus[i].bitstream, fromIvf[i].bitstream) << i;
        EXPECT_EQ(fromObus[i].controls.all(), fromIvf[i].controls.all()) << i;
    }
}

TEST(ElementaryStream, RewindGivesTheSamePictures)
{
    auto stream = v4l2decode::ElementaryStream::fromBytes(
        encodeStream({.encoder = "libx264", .options = "bf=2", .frames = 10}).bytes());
    ASSERT_TRUE(stream) << stream.error().what();
    for (int pass = 0; pass < 2; ++pass) {
        size_t pictures = 0;
        while (const auto event = stream->next()) {
            pictures += std::holds_alternative<v4l2decode::StatelessPicture>(*event) ? 1 : 0;
        }
        EXPECT_EQ(pictures, 10U);
        stream->rewind();
    }
}

TEST(ElementaryStream, SaysWhatItCannotRead)
{
    EXPECT_FALSE(v4l2decode::ElementaryStream::fromBytes({}));
    EXPECT_FALSE(v4l2decode::ElementaryStream::fromBytes({'D', 'K', 'I', 'F'}));
    EXPECT_FALSE(v4l2decode::ElementaryStream::fromBytes(std::vector<uint8_t>(1000, 0xaa)));
}

} // namespace
} // namespace daedalus::test
