// SPDX-License-Identifier: BSD-2-Clause
//
// AV1: the tiles are a control that is as long as the client makes it.
#include <gtest/gtest.h>

#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "daedalus/v4l2_av1.h"
#include "tests/kmod/module_test.h"

namespace daedalus::test {
namespace {

/// The controls of a decode request, by id.
std::map<std::uint32_t, std::vector<std::byte>> controlsOf(const WireMessage &message)
{
    std::map<std::uint32_t, std::vector<std::byte>> controls;
    std::size_t at = sizeof(daedalus_req_decode);
    for (std::uint32_t i = 0; i < message.as<daedalus_req_decode>().num_controls; ++i) {
        daedalus_control head{};
        std::memcpy(&head, message.payload.data() + at, sizeof(head));
        at += sizeof(head);
        const auto *first = message.payload.data() + at;
        controls[head.id].assign(first, first + head.size);
        at += (head.size + 7) / 8 * 8;
    }
    EXPECT_EQ(message.payload.size(), at);
    return controls;
}

class Av1 : public SessionTest {
protected:
    void SetUp() override
    {
        ASSERT_NO_FATAL_FAILURE(SessionTest::SetUp());
        if (!offersAv1()) {
            GTEST_SKIP() << "this kernel does not know AV1";
        }
        client_.setCodec(V4L2_PIX_FMT_AV1_FRAME);
        ASSERT_TRUE(client_.start(kBuffers));
        sequence_.bit_depth = 8;
        frame_.upscaled_width = 64;
        frame_.frame_width_minus_1 = 63;
        frame_.frame_height_minus_1 = 63;
        frame_.superres_denom = 8;
        grain_.grain_seed = 0x4711;
        ASSERT_NO_FATAL_FAILURE(
            takeSession({.controls = {controlOf(V4L2_CID_STATELESS_AV1_SEQUENCE, sequence_),
                                      controlOf(V4L2_CID_STATELESS_AV1_FRAME, frame_)}}));
    }

    bool offersAv1()
    {
        v4l2_fmtdesc description{};
        description.type = kOutput;
        while (::ioctl(client_.fd(), VIDIOC_ENUM_FMT, &description) == 0) {
            if (description.pixelformat == V4L2_PIX_FMT_AV1_FRAME) {
                return true;
            }
            ++description.index;
        }
        return false;
    }

    /// Queues buffers of index @p index, with a request that has @p tiles entries; 0 or the errno.
    int submit(std::uint32_t index, std::size_t tiles)
    {
        tiles_.assign(tiles, {});
        for (std::size_t i = 0; i < tiles; ++i) {
            tiles_[i].tile_offset = static_cast<std::uint32_t>(i);
        }
        v4l2_ext_control array{};
        array.id = V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY;
        array.size = static_cast<std::uint32_t>(tiles * sizeof(tiles_[0]));
        array.ptr = tiles_.data();
        return client_.submit({.index = index,
                               .timestamp = 1000ULL * (index + 1),
                               .controls = {controlOf(V4L2_CID_STATELESS_AV1_SEQUENCE, sequence_),
                                            controlOf(V4L2_CID_STATELESS_AV1_FRAME, frame_), array,
                                            controlOf(V4L2_CID_STATELESS_AV1_FILM_GRAIN, grain_)}});
    }

    v4l2_ctrl_av1_sequence sequence_{};
    v4l2_ctrl_av1_frame frame_{};
    v4l2_ctrl_av1_film_grain grain_{};
    std::vector<v4l2_ctrl_av1_tile_group_entry> tiles_;
};

TEST_F(Av1, EachRequestHasItsOwnNumberOfTiles)
{
    const std::vector<std::size_t> counts{3, 512, 1, 128};
    for (std::uint32_t i = 0; i < counts.size(); ++i) {
        ASSERT_EQ(client_.queueCapture(i), 0);
        ASSERT_EQ(submit(i, counts[i]), 0);
    }
    for (const std::size_t count : counts) {
        const auto message = worker_->next();
        ASSERT_TRUE(message);
        EXPECT_LE(message->payload.size(), DAEDALUS_MSG_MAX_PAYLOAD);
        const auto controls = controlsOf(*message);
        ASSERT_EQ(controls.size(), 4U);
        EXPECT_EQ(controls.at(V4L2_CID_STATELESS_AV1_SEQUENCE).size(), sizeof(sequence_));
        EXPECT_EQ(controls.at(V4L2_CID_STATELESS_AV1_FRAME).size(), sizeof(frame_));
        const auto &tiles = controls.at(V4L2_CID_STATELESS_AV1_TILE_GROUP_ENTRY);
        ASSERT_EQ(tiles.size(), count * sizeof(tiles_[0]));
        v4l2_ctrl_av1_tile_group_entry last{};
        std::memcpy(&last, tiles.data() + tiles.size() - sizeof(last), sizeof(last));
        EXPECT_EQ(last.tile_offset, count - 1);
        const auto &grain = controls.at(V4L2_CID_STATELESS_AV1_FILM_GRAIN);
        EXPECT_EQ(0, std::memcmp(grain.data(), &grain_, sizeof(grain_)));
        EXPECT_EQ(worker_->respond(message->header.cookie), 0);
    }
}

TEST_F(Av1, TooManyTilesAreRefused)
{
    ASSERT_EQ(client_.queueCapture(0), 0);
    EXPECT_EQ(submit(0, 513), ENOSPC);
    EXPECT_EQ(submit(0, 0), EFAULT);
    EXPECT_EQ(submit(0, 4), 0);
    EXPECT_TRUE(worker_->next());
}

TEST_F(Av1, WhatTheEngineCannotDecodeIsRefused)
{
    const auto refusedWith = [this] { return submit(0, 1); };
    sequence_.seq_profile = 1;
    EXPECT_EQ(refusedWith(), EINVAL);
    sequence_.seq_profile = 0;
    sequence_.bit_depth = 12;
    EXPECT_EQ(refusedWith(), EINVAL);
    sequence_.bit_depth = 8;
    sequence_.order_hint_bits = 9;
    EXPECT_EQ(refusedWith(), EINVAL);
    sequence_.order_hint_bits = 7;
    frame_.tile_info.tile_cols = 65;
    frame_.tile_info.tile_rows = 1;
    EXPECT_EQ(refusedWith(), EINVAL);
    frame_.tile_info.tile_cols = 64;
    frame_.tile_info.tile_rows = 64;
    EXPECT_EQ(refusedWith(), EINVAL);
    frame_.tile_info = {};
    frame_.ref_frame_idx[2] = -1; // of a key frame: means nothing
    ASSERT_EQ(client_.queueCapture(0), 0);
    EXPECT_EQ(submit(0, 1), 0);
    frame_.frame_type = V4L2_AV1_INTER_FRAME;
    EXPECT_EQ(submit(1, 1), EINVAL);
    frame_.ref_frame_idx[2] = 8;
    EXPECT_EQ(submit(1, 1), EINVAL);
}

TEST_F(Av1, PicturesThatDoNotFitFail)
{
    const auto fails = [this](std::uint32_t index) {
        EXPECT_EQ(client_.queueCapture(index), 0);
        EXPECT_EQ(submit(index, 1), 0);
        const auto done = client_.dequeue(kCapture);
        return done && done->error;
    };
    frame_.upscaled_width = 65;
    EXPECT_TRUE(fails(0));
    frame_.upscaled_width = 64;
    frame_.frame_height_minus_1 = 64;
    EXPECT_TRUE(fails(1));
    frame_.frame_height_minus_1 = 0xffffffff;
    EXPECT_TRUE(fails(2));
    frame_.frame_height_minus_1 = 63;
    sequence_.bit_depth = 10; // CAPTURE is NV12
    EXPECT_TRUE(fails(3));
}

} // namespace
} // namespace daedalus::test
