// SPDX-License-Identifier: BSD-2-Clause
// AV1 requests whose controls are damaged anywhere: headers are written from them, so
// every field has to be one that the decoder survives. Run with the asan preset, too.
#include <random>

#include <gtest/gtest.h>

#include "daedalus/v4l2_av1.h"
#include "tests/engine/exactness.h"

namespace daedalus::test {
namespace {

class ControlDamager {
public:
    explicit ControlDamager(unsigned seed) : random_(seed) {}

    void operator()(v4l2decode::StatelessPicture &picture)
    {
        const auto all = picture.controls.all();
        for (const auto &[id, value] : all) {
            if (upTo(3) == 0) {
                picture.controls.setBytes(id, spoiled(value));
            }
        }
        if (upTo(3) == 0) {
            moveReferences(picture);
        }
    }

private:
    size_t upTo(size_t most) { return std::uniform_int_distribution<size_t>(0, most)(random_); }

    std::vector<std::byte> spoiled(std::vector<std::byte> bytes)
    {
        if (bytes.empty()) {
            return bytes;
        }
        for (size_t i = upTo(2) + 1; i > 0; --i) {
            // Mostly near the truth: what is plainly wrong does not get far.
            std::byte &byte = bytes[upTo(bytes.size() - 1)];
            byte = upTo(2) == 0 ? static_cast<std::byte>(upTo(255))
                                : byte ^ static_cast<std::byte>(1U << upTo(7));
        }
        if (upTo(15) == 0) {
            bytes.resize(upTo(bytes.size()));
        }
        return bytes;
    }

    /// References, their places and their names, in any order.
    void moveReferences(v4l2decode::StatelessPicture &picture)
    {
        auto frame = picture.controls.get<v4l2_ctrl_av1_frame>(V4L2_CID_STATELESS_AV1_FRAME);
        if (!frame) {
            return;
        }
        std::swap(frame->reference_frame_ts[upTo(7)], frame->reference_frame_ts[upTo(7)]);
        frame->ref_frame_idx[upTo(6)] = static_cast<int8_t>(upTo(8));
        frame->primary_ref_frame = static_cast<uint8_t>(upTo(8));
        frame->refresh_frame_flags = static_cast<uint8_t>(upTo(255));
        picture.controls.set(V4L2_CID_STATELESS_AV1_FRAME, *frame);
    }

    std::mt19937 random_;
};

class Av1DamageTest : public testing::TestWithParam<GeneratedStream> {};

TEST_P(Av1DamageTest, isSurvived)
{
    expectRecoveries(GetParam().options, 60, 1, 5,
                     [](unsigned seed) { return ControlDamager(seed); });
}

const GeneratedStream kStreams[] = {
    {"tiles",
     "libaom-av1",
     "cpu-used=8:lag-in-frames=19:tile-columns=1",
     {.width = 256, .frames = 20}},
    {"grain10",
     "libaom-av1",
     "cpu-used=8:aom-params='film-grain-test=3'",
     {.bitDepth = 10, .frames = 12}},
    {"superres",
     "libsvtav1",
     "preset=8:svtav1-params='superres-mode=1:superres-denom=13'",
     {.frames = 12}},
    {"screenContent", "libaom-av1", "cpu-used=6:aom-params='tune-content=screen'", {.frames = 12}},
};

INSTANTIATE_TEST_SUITE_P(Streams, Av1DamageTest, testing::ValuesIn(kStreams), kNameOfTest);

} // namespace
} // namespace daedalus::test
