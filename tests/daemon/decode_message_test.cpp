// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/decode_message.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "tests/daemon/test_support.h"

namespace daedalus::test {
namespace {

constexpr uint32_t kSps = V4L2_CID_STATELESS_H264_SPS;
constexpr uint32_t kPps = V4L2_CID_STATELESS_H264_PPS;

/// A valid request with these controls, each of them padded to 8 bytes.
std::vector<std::byte>
withControls(const std::vector<std::pair<daedalus_control, size_t>> &controls)
{
    daedalus_req_decode request = test::validRequest();
    request.num_controls = static_cast<uint32_t>(controls.size());
    std::vector<std::byte> bytes = test::bytesOf(request);
    for (const auto &[control, dataBytes] : controls) {
        test::append(bytes, control);
        bytes.resize(bytes.size() + dataBytes);
    }
    return bytes;
}

TEST(DecodeMessage, TakesAValidRequest)
{
    const auto message = daemon::parseDecodeMessage(test::bytesOf(test::validRequest()));
    ASSERT_TRUE(message) << message.error().what();
    EXPECT_EQ(message->format->name, "NV12");
    EXPECT_EQ(message->planes().size(), 2U);
    EXPECT_TRUE(message->controls.all().empty());
}

TEST(DecodeMessage, TakesControlsApart)
{
    std::vector<std::byte> bytes = withControls({{{kSps, 3}, 8}, {{kPps, 12}, 12}});
    bytes[sizeof(daedalus_req_decode) + sizeof(daedalus_control) + 2] = std::byte{42};
    const auto message = daemon::parseDecodeMessage(bytes);
    ASSERT_TRUE(message) << message.error().what();
    const auto sps = message->controls.get<std::array<uint8_t, 3>>(kSps);
    ASSERT_TRUE(sps);
    EXPECT_EQ((*sps)[2], 42);
    EXPECT_TRUE((message->controls.get<std::array<uint8_t, 12>>(kPps)));
}

TEST(DecodeMessage, RejectsWhatIsTooShort)
{
    const std::vector<std::byte> whole = test::bytesOf(test::validRequest());
    for (size_t length = 0; length < whole.size(); ++length) {
        EXPECT_FALSE(daemon::parseDecodeMessage(std::span(whole).first(length))) << length;
    }
}

TEST(DecodeMessage, RejectsHostileFields)
{
    using Change = std::function<void(daedalus_req_decode &)>;
    const std::vector<std::pair<const char *, Change>> changes = {
        {"no width", [](auto &r) { r.width = 0; }},
        {"no height", [](auto &r) { r.height = 0; }},
        {"huge width", [](auto &r) { r.width = 0xffffffff; }},
        {"huge height", [](auto &r) { r.height = daemon::kMaxDimension + 1; }},
        {"no coded width", [](auto &r) { r.coded_width = 0; }},
        {"coded wider than the buffer", [](auto &r) { r.coded_width = r.width + 1; }},
        {"coded higher than the buffer", [](auto &r) { r.coded_height = r.height + 1; }},
        {"no bitstream", [](auto &r) { r.bitstream_size = 0; }},
        {"unknown flags", [](auto &r) { r.flags = 2; }},
        {"unknown pixel format", [](auto &r) { r.pixelformat = V4L2_PIX_FMT_RGB24; }},
        {"no pixel format", [](auto &r) { r.pixelformat = 0; }},
        {"no planes", [](auto &r) { r.num_planes = 0; }},
        {"too few planes", [](auto &r) { r.num_planes = 1; }},
        {"too many planes", [](auto &r) { r.num_planes = 3; }},
        {"far too many planes", [](auto &r) { r.num_planes = 0xffffffff; }},
        {"planar with different chroma strides",
         [](auto &r) {
             r.pixelformat = V4L2_PIX_FMT_YUV420;
             r.num_planes = 3;
             r.planes[1].stride = 64;
             r.planes[2].stride = 128;
         }},
        {"controls that are not there", [](auto &r) { r.num_controls = 1; }},
        {"four billion controls", [](auto &r) { r.num_controls = 0xffffffff; }},
    };
    for (const auto &[name, change] : changes) {
        daedalus_req_decode request = test::validRequest();
        change(request);
        const auto message = daemon::parseDecodeMessage(test::bytesOf(request));
        ASSERT_FALSE(message) << name;
        EXPECT_EQ(message.error().code(), EINVAL) << name;
    }
}

TEST(DecodeMessage, RejectsHostileControls)
{
    // Longer than the message, by a little and by so much that sums overflow.
    EXPECT_FALSE(daemon::parseDecodeMessage(withControls({{{kSps, 9}, 8}})));
    EXPECT_FALSE(daemon::parseDecodeMessage(withControls({{{kSps, 0xffffffff}, 8}})));
    EXPECT_FALSE(daemon::parseDecodeMessage(withControls({{{kSps, 0xfffffff8}, 8}})));
    // The same one twice, one of another class, bytes behind the last one.
    EXPECT_FALSE(daemon::parseDecodeMessage(withControls({{{kSps, 8}, 8}, {{kSps, 8}, 8}})));
    EXPECT_FALSE(daemon::parseDecodeMessage(withControls({{{V4L2_CID_BRIGHTNESS, 8}, 8}})));
    EXPECT_FALSE(daemon::parseDecodeMessage(withControls({{{kSps, 8}, 24}})));
    // A second one that starts in the padding of the first.
    EXPECT_FALSE(daemon::parseDecodeMessage(withControls({{{kSps, 1}, 1}, {{kPps, 8}, 8}})));
}

TEST(DecodeMessage, SurvivesRandomBytes)
{
    // The sanitizers are what fails here.
    std::minstd_rand random(1);
    std::vector<std::byte> bytes = withControls({{{kSps, 8}, 8}, {{kPps, 8}, 8}});
    size_t accepted = 0;
    for (int i = 0; i < 20000; ++i) {
        std::vector<std::byte> mutated = bytes;
        for (int n = 0; n < 3; ++n) {
            mutated[random() % mutated.size()] = static_cast<std::byte>(random());
        }
        mutated.resize(random() % (mutated.size() + 1));
        const auto message = daemon::parseDecodeMessage(mutated);
        if (message) {
            ++accepted;
            EXPECT_LE(message->planes().size(), 3U);
        }
    }
    EXPECT_LT(accepted, 20000U);
}

} // namespace
} // namespace daedalus::test
