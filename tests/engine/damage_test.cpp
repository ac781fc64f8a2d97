// SPDX-License-Identifier: BSD-2-Clause
// Requests that are damaged at random: nothing may crash or go unanswered, and a whole
// stream afterwards is decoded as if nothing had been. Run with the asan preset, too.
#include <random>

#include <gtest/gtest.h>

#include "tests/engine/exactness.h"

namespace daedalus::test {
namespace {

class Damager {
public:
    explicit Damager(unsigned seed) : random_(seed) {}

    void operator()(v4l2decode::StatelessPicture &picture)
    {
        switch (upTo(5)) {
        case 0:
            flipBits(picture.bitstream);
            break;
        case 1:
            picture.bitstream.resize(upTo(picture.bitstream.size()));
            break;
        case 2:
            spoilControls(picture.controls);
            break;
        case 3:
            repeatAPart(picture.bitstream);
            break;
        default:
            break; // whole
        }
    }

private:
    size_t upTo(size_t most) { return std::uniform_int_distribution<size_t>(0, most)(random_); }

    void flipBits(std::vector<uint8_t> &bytes)
    {
        // Headers are at the front: there damage does most.
        const size_t range = upTo(1) == 0 ? bytes.size() : std::min<size_t>(bytes.size(), 24);
        for (size_t i = upTo(8); i > 0 && range > 0; --i) {
            bytes[upTo(range - 1)] ^= static_cast<uint8_t>(1U << upTo(7));
        }
    }

    void repeatAPart(std::vector<uint8_t> &bytes)
    {
        const std::vector<uint8_t> copy(bytes.begin(),
                                        bytes.begin() + static_cast<ptrdiff_t>(upTo(bytes.size())));
        bytes.insert(bytes.begin() + static_cast<ptrdiff_t>(upTo(bytes.size())), copy.begin(),
                     copy.end());
    }

    void spoilControls(ControlSet &controls)
    {
        const auto all = controls.all();
        for (const auto &[id, value] : all) {
            auto spoiled = value;
            for (size_t i = upTo(3); i > 0 && !spoiled.empty(); --i) {
                spoiled[upTo(std::min<size_t>(spoiled.size() - 1, 40))] =
                    static_cast<std::byte>(upTo(3) == 0 ? upTo(255) : upTo(3));
            }
            controls.setBytes(id, spoiled);
        }
    }

    std::mt19937 random_;
};

class DamageTest : public testing::TestWithParam<GeneratedStream> {};

TEST_P(DamageTest, isSurvived)
{
    expectRecoveries(GetParam().options, 25, 2, 4, [](unsigned seed) { return Damager(seed); });
}

const GeneratedStream kStreams[] = {
    {"cabac", "libx264", "bf=2:slices=3", {.frames = 20}},
    {"cavlc", "libx264", "coder=vlc", {.frames = 20}},
    {"interlaced", "libx264", "", {.interlaced = true, .frames = 20}},
    {"mpeg2", "mpeg2video", "bf=2:g=6", {.frames = 20}},
    {"hevc", "libx265", "x265-params=slices=2\\:ctu=16\\:log-level=0", {.frames = 20}},
    {"hevcWavefronts10",
     "libx265",
     "x265-params=wpp=1\\:ctu=16\\:keyint=8\\:log-level=0",
     {.bitDepth = 10, .frames = 20}},
    {"vp8", "libvpx", "deadline=realtime:cpu-used=8:slices=4", {.frames = 20}},
    {"av1",
     "libaom-av1",
     "cpu-used=8:lag-in-frames=19:tile-columns=1",
     {.width = 256, .frames = 20}},
    {"av1Grain", "libaom-av1", "cpu-used=8:aom-params='film-grain-test=3'", {.frames = 20}},
    {"vp9", "libvpx-vp9", "deadline=realtime:speed=8", {.frames = 20}},
};

INSTANTIATE_TEST_SUITE_P(Streams, DamageTest, testing::ValuesIn(kStreams), kNameOfTest);

} // namespace
} // namespace daedalus::test
