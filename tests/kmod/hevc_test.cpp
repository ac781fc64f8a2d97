// SPDX-License-Identifier: BSD-2-Clause
//
// H.265: what is refused, and controls that are not there.
#include <gtest/gtest.h>

#include <linux/v4l2-controls.h>

#include <array>
#include <cerrno>

#include "tests/kmod/module_test.h"

namespace daedalus::test {
namespace {

class Hevc : public SessionTest {
protected:
    void SetUp() override
    {
        ASSERT_NO_FATAL_FAILURE(SessionTest::SetUp());
        client_.setCodec(V4L2_PIX_FMT_HEVC_SLICE);
        ASSERT_TRUE(client_.start(kBuffers));
        sps_.chroma_format_idc = 1;
        sps_.pic_width_in_luma_samples = 64;
        sps_.pic_height_in_luma_samples = 64;
        ASSERT_NO_FATAL_FAILURE(
            takeSession({.controls = {controlOf(V4L2_CID_STATELESS_HEVC_SPS, sps_),
                                      controlOf(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS, params_)}}));
    }

    /// Queues a request with the parameter sets and @p more; 0 or the errno.
    int submit(std::uint32_t index, std::vector<v4l2_ext_control> more = {})
    {
        more.push_back(controlOf(V4L2_CID_STATELESS_HEVC_SPS, sps_));
        more.push_back(controlOf(V4L2_CID_STATELESS_HEVC_PPS, pps_));
        more.push_back(controlOf(V4L2_CID_STATELESS_HEVC_DECODE_PARAMS, params_));
        return client_.submit(
            {.index = index, .timestamp = 1000ULL * (index + 1), .controls = std::move(more)});
    }

    v4l2_ctrl_hevc_sps sps_{};
    v4l2_ctrl_hevc_pps pps_{};
    v4l2_ctrl_hevc_decode_params params_{};
};

TEST_F(Hevc, OfAWholeFrameThereAreNoSliceParameters)
{
    v4l2_ctrl_hevc_slice_params slice{};
    std::uint32_t entryPoint{};
    EXPECT_EQ(submit(0, {controlOf(V4L2_CID_STATELESS_HEVC_SLICE_PARAMS, slice)}), EINVAL);
    EXPECT_EQ(submit(0, {controlOf(V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS, entryPoint)}),
              EINVAL);
    ASSERT_EQ(client_.queueCapture(0), 0);
    ASSERT_EQ(submit(0), 0);
    const auto message = worker_->next();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->as<daedalus_req_decode>().num_controls, 4U);
    EXPECT_EQ(worker_->respond(message->header.cookie), 0);
}

TEST_F(Hevc, WhatTheEngineCannotDecodeIsRefused)
{
    sps_.chroma_format_idc = 2;
    EXPECT_EQ(submit(0), EINVAL);
    sps_.chroma_format_idc = 1;
    sps_.bit_depth_luma_minus8 = sps_.bit_depth_chroma_minus8 = 4;
    EXPECT_EQ(submit(0), EINVAL);
    sps_.bit_depth_luma_minus8 = 2;
    sps_.bit_depth_chroma_minus8 = 0;
    EXPECT_EQ(submit(0), EINVAL);
    sps_.bit_depth_luma_minus8 = 0;
    ASSERT_EQ(client_.queueCapture(0), 0);
    EXPECT_EQ(submit(0), 0);
    EXPECT_TRUE(worker_->next());
}

} // namespace
} // namespace daedalus::test
