// SPDX-License-Identifier: BSD-2-Clause
//
// Formats and controls.
#include <gtest/gtest.h>

#include <linux/v4l2-controls.h>
#include <sys/ioctl.h>

#include <array>
#include <cerrno>
#include <vector>

#include "tests/kmod/client.h"

namespace daedalus::test {
namespace {

class Formats : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(client_.valid()); }

    v4l2_pix_format_mplane tryCapture(v4l2_pix_format_mplane wish)
    {
        v4l2_format format{};
        format.type = kCapture;
        format.fmt.pix_mp = wish;
        EXPECT_EQ(::ioctl(client_.fd(), VIDIOC_TRY_FMT, &format), 0);
        return format.fmt.pix_mp;
    }

    template <typename T>
    int setControl(std::uint32_t id, T value)
    {
        auto control = controlOf(id, value);
        v4l2_ext_controls controls{};
        controls.which = V4L2_CTRL_WHICH_CUR_VAL;
        controls.count = 1;
        controls.controls = &control;
        return ::ioctl(client_.fd(), VIDIOC_S_EXT_CTRLS, &controls) == 0 ? 0 : errno;
    }

    bool selectCodec(std::uint32_t codec)
    {
        v4l2_format format{};
        format.type = kOutput;
        format.fmt.pix_mp.pixelformat = codec;
        format.fmt.pix_mp.width = 64;
        format.fmt.pix_mp.height = 64;
        return ::ioctl(client_.fd(), VIDIOC_S_FMT, &format) == 0 &&
               format.fmt.pix_mp.pixelformat == codec;
    }

    /// Sets the control that tells the depth of a stream's samples.
    int setBitDepth(std::uint32_t codec, std::uint8_t bits)
    {
        if (codec == V4L2_PIX_FMT_VP9_FRAME) {
            v4l2_ctrl_vp9_frame frame{};
            frame.profile = bits == 8 ? 0 : 2;
            frame.bit_depth = bits;
            frame.flags = V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;
            return setControl(V4L2_CID_STATELESS_VP9_FRAME, frame);
        }
        v4l2_ctrl_h264_sps sps{};
        sps.profile_idc = 110;
        sps.chroma_format_idc = 1;
        sps.bit_depth_luma_minus8 = sps.bit_depth_chroma_minus8 = bits - 8;
        return setControl(V4L2_CID_STATELESS_H264_SPS, sps);
    }

    /// The CAPTURE formats; each has a description.
    std::vector<std::uint32_t> offered()
    {
        std::vector<std::uint32_t> fourccs;
        v4l2_fmtdesc description{};
        description.type = kCapture;
        while (::ioctl(client_.fd(), VIDIOC_ENUM_FMT, &description) == 0) {
            EXPECT_NE(description.description[0], 0);
            fourccs.push_back(description.pixelformat);
            ++description.index;
        }
        EXPECT_EQ(errno, EINVAL);
        return fourccs;
    }

    v4l2_pix_format_mplane currentCapture()
    {
        v4l2_format format{};
        format.type = kCapture;
        EXPECT_EQ(::ioctl(client_.fd(), VIDIOC_G_FMT, &format), 0);
        return format.fmt.pix_mp;
    }

    Client client_;
};

TEST_F(Formats, LayoutIsTheProtocols)
{
    const auto format = client_.setFormat(1918, 1078);
    ASSERT_TRUE(format);
    EXPECT_EQ(format->width, 1918U);
    EXPECT_EQ(format->height, 1088U);
    EXPECT_EQ(format->plane_fmt[0].bytesperline, 1920U);
    EXPECT_EQ(format->plane_fmt[0].sizeimage, 1920U * 1632 + DAEDALUS_TAIL_PADDING);
}

TEST_F(Formats, OddAndTinySizes)
{
    const auto format = client_.setFormat(1, 1, V4L2_PIX_FMT_YUV420);
    ASSERT_TRUE(format);
    EXPECT_EQ(format->width, 2U);
    EXPECT_EQ(format->height, 64U);
    EXPECT_EQ(format->plane_fmt[0].bytesperline, 128U);
    EXPECT_EQ(format->plane_fmt[0].sizeimage, 128U * 96 + DAEDALUS_TAIL_PADDING);
    v4l2_format output{};
    output.type = kOutput;
    ASSERT_EQ(::ioctl(client_.fd(), VIDIOC_G_FMT, &output), 0);
    EXPECT_EQ(output.fmt.pix_mp.width, 1U);
    EXPECT_EQ(output.fmt.pix_mp.height, 1U);
}

TEST_F(Formats, PlanesOfTheirOwnArePaddedEach)
{
    const auto nv12m = client_.setFormat(128, 64, V4L2_PIX_FMT_NV12M);
    ASSERT_TRUE(nv12m);
    ASSERT_EQ(nv12m->num_planes, 2);
    EXPECT_EQ(nv12m->plane_fmt[0].sizeimage, 128U * 64 + DAEDALUS_TAIL_PADDING);
    EXPECT_EQ(nv12m->plane_fmt[1].bytesperline, 128U);
    EXPECT_EQ(nv12m->plane_fmt[1].sizeimage, 128U * 32 + DAEDALUS_TAIL_PADDING);
    const auto planar = client_.setFormat(128, 64, V4L2_PIX_FMT_YUV420M);
    ASSERT_TRUE(planar);
    ASSERT_EQ(planar->num_planes, 3);
    EXPECT_EQ(planar->plane_fmt[2].bytesperline, 64U);
    EXPECT_EQ(planar->plane_fmt[2].sizeimage, 64U * 32 + DAEDALUS_TAIL_PADDING);
}

TEST_F(Formats, ClientMayAskForMoreNeverForLess)
{
    ASSERT_TRUE(client_.setFormat(320, 200));
    v4l2_pix_format_mplane wish{};
    wish.pixelformat = V4L2_PIX_FMT_NV12;
    wish.width = 640;
    wish.height = 300;
    wish.num_planes = 1;
    wish.plane_fmt[0].bytesperline = 1024;
    auto got = tryCapture(wish);
    EXPECT_EQ(got.width, 640U);
    EXPECT_EQ(got.height, 320U);
    EXPECT_EQ(got.plane_fmt[0].bytesperline, 1024U);

    wish.width = 16;
    wish.height = 16;
    wish.plane_fmt[0].bytesperline = 64;
    got = tryCapture(wish);
    EXPECT_EQ(got.width, 320U);
    EXPECT_EQ(got.height, 256U);
    EXPECT_EQ(got.plane_fmt[0].bytesperline, 384U);

    for (const std::uint32_t stride : {321U, 1000000U, 0xffffffffU}) {
        wish.plane_fmt[0].bytesperline = stride;
        EXPECT_EQ(tryCapture(wish).plane_fmt[0].bytesperline, 384U) << stride;
    }
    wish.width = wish.height = 0xffffffff;
    got = tryCapture(wish);
    EXPECT_EQ(got.width, 8192U);
    EXPECT_EQ(got.height, 8192U);
}

TEST_F(Formats, BitstreamSizeIsTheClients)
{
    v4l2_format format{};
    format.type = kOutput;
    format.fmt.pix_mp.pixelformat = V4L2_PIX_FMT_H264_SLICE;
    format.fmt.pix_mp.width = 64;
    format.fmt.pix_mp.height = 64;
    ASSERT_EQ(::ioctl(client_.fd(), VIDIOC_TRY_FMT, &format), 0);
    EXPECT_EQ(format.fmt.pix_mp.plane_fmt[0].sizeimage, 1U << 20);
    format.fmt.pix_mp.plane_fmt[0].sizeimage = 20U << 20;
    ASSERT_EQ(::ioctl(client_.fd(), VIDIOC_TRY_FMT, &format), 0);
    EXPECT_EQ(format.fmt.pix_mp.plane_fmt[0].sizeimage, 20U << 20);
    format.fmt.pix_mp.plane_fmt[0].sizeimage = 0xffffffff;
    ASSERT_EQ(::ioctl(client_.fd(), VIDIOC_TRY_FMT, &format), 0);
    EXPECT_EQ(format.fmt.pix_mp.plane_fmt[0].sizeimage, 32U << 20);
    format.fmt.pix_mp.width = format.fmt.pix_mp.height = 8192;
    format.fmt.pix_mp.plane_fmt[0].sizeimage = 0xffffffff;
    ASSERT_EQ(::ioctl(client_.fd(), VIDIOC_TRY_FMT, &format), 0);
    EXPECT_GT(format.fmt.pix_mp.plane_fmt[0].sizeimage, 8192U * 8192 / 8 * 15);
    EXPECT_LE(format.fmt.pix_mp.plane_fmt[0].sizeimage, 256U << 20);
}

// GStreamer asks for the size of eight bits for each sample of luma.
TEST_F(Formats, BitstreamBuffersOfOursHoldAnyPicture)
{
    constexpr std::uint32_t kSamples = 1280U * 720 / 2 * 3;
    v4l2_format format{};
    format.type = kOutput;
    format.fmt.pix_mp.pixelformat = V4L2_PIX_FMT_VP9_FRAME;
    format.fmt.pix_mp.width = 1280;
    format.fmt.pix_mp.height = 720;
    format.fmt.pix_mp.plane_fmt[0].sizeimage = 1280 * 720;
    for (const std::uint8_t bits : {8, 10}) {
        ASSERT_EQ(::ioctl(client_.fd(), VIDIOC_S_FMT, &format), 0);
        EXPECT_EQ(format.fmt.pix_mp.plane_fmt[0].sizeimage, 1280U * 720);
        ASSERT_EQ(setBitDepth(V4L2_PIX_FMT_VP9_FRAME, bits), 0);
        ASSERT_EQ(client_.allocate(kOutput, V4L2_MEMORY_MMAP, 1), 1);
        const auto place = client_.place(kOutput, 0);
        ASSERT_TRUE(place);
        EXPECT_GT(place->length, kSamples / 8 * bits);
        EXPECT_LT(place->length, kSamples / 8 * bits + (1U << 17));
        ASSERT_EQ(client_.allocate(kOutput, V4L2_MEMORY_MMAP, 0), 0);
    }
    // Those that ask for more get it.
    format.fmt.pix_mp.plane_fmt[0].sizeimage = 4U << 20;
    ASSERT_EQ(::ioctl(client_.fd(), VIDIOC_S_FMT, &format), 0);
    ASSERT_EQ(client_.allocate(kOutput, V4L2_MEMORY_MMAP, 1), 1);
    EXPECT_EQ(client_.place(kOutput, 0)->length, 4U << 20);
}

TEST_F(Formats, SizeChangesWithBuffersAndTheCodecDoesNot)
{
    ASSERT_TRUE(client_.setFormat(64, 64, V4L2_PIX_FMT_YUV420M));
    ASSERT_EQ(client_.allocate(kOutput, V4L2_MEMORY_MMAP, 2), 2);
    ASSERT_EQ(client_.allocate(kCapture, V4L2_MEMORY_MMAP, 2), 2);
    ASSERT_EQ(client_.stream(kOutput, true), 0);
    ASSERT_EQ(client_.stream(kCapture, true), 0);
    v4l2_format format{};
    format.type = kOutput;
    ASSERT_EQ(::ioctl(client_.fd(), VIDIOC_G_FMT, &format), 0);
    format.fmt.pix_mp.width = format.fmt.pix_mp.height = 128;
    EXPECT_EQ(::ioctl(client_.fd(), VIDIOC_S_FMT, &format), 0);
    const v4l2_pix_format_mplane now = currentCapture();
    EXPECT_EQ(now.width, 128U);
    EXPECT_EQ(now.height, 128U);
    EXPECT_EQ(now.pixelformat, V4L2_PIX_FMT_YUV420M);

    format.fmt.pix_mp.pixelformat = V4L2_PIX_FMT_H264_SLICE;
    EXPECT_EQ(::ioctl(client_.fd(), VIDIOC_S_FMT, &format), -1);
    EXPECT_EQ(errno, EBUSY);
    // The picture buffers' own format needs them gone,
    EXPECT_FALSE(client_.setFormat(128, 128));
    EXPECT_EQ(errno, EBUSY);
    ASSERT_EQ(client_.stream(kOutput, false), 0);
    ASSERT_EQ(client_.stream(kCapture, false), 0);
    EXPECT_FALSE(client_.setFormat(128, 128));
    ASSERT_EQ(client_.allocate(kCapture, V4L2_MEMORY_MMAP, 0), 0);
    EXPECT_TRUE(client_.setFormat(128, 128));
    // and the codec the bitstream buffers, too.
    EXPECT_EQ(::ioctl(client_.fd(), VIDIOC_S_FMT, &format), -1);
    EXPECT_EQ(errno, EBUSY);
    ASSERT_EQ(client_.allocate(kOutput, V4L2_MEMORY_MMAP, 0), 0);
    EXPECT_EQ(::ioctl(client_.fd(), VIDIOC_S_FMT, &format), 0);
}

TEST_F(Formats, BitstreamNeedsARequest)
{
    ASSERT_TRUE(client_.start(1));
    v4l2_plane plane{};
    plane.bytesused = 10;
    v4l2_buffer buffer{};
    buffer.type = kOutput;
    buffer.memory = V4L2_MEMORY_MMAP;
    buffer.m.planes = &plane;
    buffer.length = 1;
    EXPECT_EQ(::ioctl(client_.fd(), VIDIOC_QBUF, &buffer), -1);
    EXPECT_EQ(errno, EBADR);
}

TEST_F(Formats, WhatTheEngineCannotDecodeIsRefused)
{
    v4l2_ctrl_h264_sps sps{};
    sps.profile_idc = 100;
    sps.chroma_format_idc = 1;
    EXPECT_EQ(setControl(V4L2_CID_STATELESS_H264_SPS, sps), 0);
    sps.chroma_format_idc = 2;
    EXPECT_EQ(setControl(V4L2_CID_STATELESS_H264_SPS, sps), EINVAL);
    sps.profile_idc = 110;
    sps.chroma_format_idc = 1;
    sps.bit_depth_luma_minus8 = 2;
    EXPECT_EQ(setControl(V4L2_CID_STATELESS_H264_SPS, sps), EINVAL);
    sps.bit_depth_chroma_minus8 = 2;
    EXPECT_EQ(setControl(V4L2_CID_STATELESS_H264_SPS, sps), 0);
    for (const std::uint8_t other : {1, 3, 4, 6}) {
        sps.bit_depth_luma_minus8 = sps.bit_depth_chroma_minus8 = other;
        EXPECT_EQ(setControl(V4L2_CID_STATELESS_H264_SPS, sps), EINVAL) << unsigned{other};
    }

    v4l2_ctrl_vp9_frame frame{};
    frame.bit_depth = 8;
    frame.flags = V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;
    EXPECT_EQ(setControl(V4L2_CID_STATELESS_VP9_FRAME, frame), 0);
    frame.profile = 1;
    frame.flags = 0;
    EXPECT_EQ(setControl(V4L2_CID_STATELESS_VP9_FRAME, frame), EINVAL);
    frame.profile = 2;
    frame.bit_depth = 10;
    frame.flags = V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;
    EXPECT_EQ(setControl(V4L2_CID_STATELESS_VP9_FRAME, frame), 0);
    frame.bit_depth = 12;
    EXPECT_EQ(setControl(V4L2_CID_STATELESS_VP9_FRAME, frame), EINVAL);
}

TEST_F(Formats, PicturesHaveTheBitDepthOfTheStream)
{
    constexpr std::array<std::uint32_t, 4> kEight{V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_YUV420,
                                                  V4L2_PIX_FMT_NV12M, V4L2_PIX_FMT_YUV420M};
    constexpr std::array<std::uint32_t, 2> kTen{V4L2_PIX_FMT_P010, DAEDALUS_PIX_FMT_I010};
    v4l2_pix_format_mplane wish{};
    wish.num_planes = 1;
    wish.pixelformat = V4L2_PIX_FMT_P010;

    for (const std::uint32_t codec : {V4L2_PIX_FMT_H264_SLICE, V4L2_PIX_FMT_VP9_FRAME}) {
        ASSERT_TRUE(selectCodec(codec));
        ASSERT_EQ(setBitDepth(codec, 8), 0);
        EXPECT_EQ(offered(), std::vector<std::uint32_t>(kEight.begin(), kEight.end()));
        EXPECT_EQ(tryCapture(wish).pixelformat, V4L2_PIX_FMT_NV12);
        EXPECT_EQ(currentCapture().pixelformat, V4L2_PIX_FMT_NV12);

        ASSERT_EQ(setBitDepth(codec, 10), 0);
        EXPECT_EQ(offered(), std::vector<std::uint32_t>(kTen.begin(), kTen.end()));
        EXPECT_EQ(tryCapture(wish).pixelformat, V4L2_PIX_FMT_P010);
        EXPECT_EQ(currentCapture().pixelformat, V4L2_PIX_FMT_P010);
        v4l2_pix_format_mplane eight = wish;
        eight.pixelformat = V4L2_PIX_FMT_YUV420;
        EXPECT_EQ(tryCapture(eight).pixelformat, V4L2_PIX_FMT_P010);
    }
}

TEST_F(Formats, PictureBuffersFollowTheControlsUnasked)
{
    ASSERT_TRUE(selectCodec(V4L2_PIX_FMT_VP9_FRAME));
    ASSERT_EQ(setBitDepth(V4L2_PIX_FMT_VP9_FRAME, 10), 0);
    // No G_FMT in between.
    ASSERT_EQ(client_.allocate(kCapture, V4L2_MEMORY_MMAP, 1), 1);
    const auto place = client_.place(kCapture, 0);
    ASSERT_TRUE(place);
    EXPECT_GE(place->length, 256U * 96 + DAEDALUS_TAIL_PADDING);
    EXPECT_EQ(currentCapture().pixelformat, V4L2_PIX_FMT_P010);
    // With buffers it stays.
    ASSERT_EQ(setBitDepth(V4L2_PIX_FMT_VP9_FRAME, 8), 0);
    EXPECT_EQ(currentCapture().pixelformat, V4L2_PIX_FMT_P010);
}

TEST_F(Formats, SizeStaysWhilePictureBuffersAreQueued)
{
    ASSERT_TRUE(client_.start(2));
    ASSERT_EQ(client_.queueCapture(0), 0);
    v4l2_format format{};
    format.type = kOutput;
    ASSERT_EQ(::ioctl(client_.fd(), VIDIOC_G_FMT, &format), 0);
    EXPECT_EQ(::ioctl(client_.fd(), VIDIOC_S_FMT, &format), 0);
    format.fmt.pix_mp.width = 128;
    EXPECT_EQ(::ioctl(client_.fd(), VIDIOC_S_FMT, &format), -1);
    EXPECT_EQ(errno, EBUSY);
    EXPECT_EQ(currentCapture().width, 64U);
    ASSERT_EQ(client_.stream(kCapture, false), 0);
    EXPECT_EQ(::ioctl(client_.fd(), VIDIOC_S_FMT, &format), 0);
    EXPECT_EQ(currentCapture().width, 128U);
}

TEST_F(Formats, LayoutOfTenBits)
{
    ASSERT_TRUE(selectCodec(V4L2_PIX_FMT_VP9_FRAME));
    ASSERT_EQ(setBitDepth(V4L2_PIX_FMT_VP9_FRAME, 10), 0);
    v4l2_pix_format_mplane wish{};
    wish.num_planes = 1;
    wish.width = 130;
    wish.height = 64;
    for (const std::uint32_t fourcc : {V4L2_PIX_FMT_P010, DAEDALUS_PIX_FMT_I010}) {
        wish.pixelformat = fourcc;
        wish.plane_fmt[0].bytesperline = 0;
        auto got = tryCapture(wish);
        ASSERT_EQ(got.pixelformat, fourcc);
        ASSERT_EQ(got.num_planes, 1);
        EXPECT_EQ(got.plane_fmt[0].bytesperline, 512U);
        EXPECT_EQ(got.plane_fmt[0].sizeimage, 512U * 96 + DAEDALUS_TAIL_PADDING);

        wish.plane_fmt[0].bytesperline = 272;
        got = tryCapture(wish);
        EXPECT_EQ(got.plane_fmt[0].bytesperline, 272U);
        EXPECT_EQ(got.plane_fmt[0].sizeimage, 272U * 96 + DAEDALUS_TAIL_PADDING);
        wish.plane_fmt[0].bytesperline = 256;
        EXPECT_EQ(tryCapture(wish).plane_fmt[0].bytesperline, 512U);
    }
}

} // namespace
} // namespace daedalus::test
