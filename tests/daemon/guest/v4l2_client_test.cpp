// SPDX-License-Identifier: BSD-2-Clause
//
// The V4L2 client classes against the kernel module.
#include <gtest/gtest.h>
#include <linux/videodev2.h>

#include <algorithm>

#include "gbm/dma_buf.h"
#include "v4l2/media_device.h"
#include "v4l2/v4l2_device.h"
#include "v4l2/v4l2_queue.h"

namespace daedalus::test {
namespace {

using namespace std::chrono_literals;

class V4l2ClientTest : public ::testing::Test {
protected:
    void SetUp() override
    {
        const auto nodes = v4l2::findDaedalus();
        ASSERT_TRUE(nodes) << nodes.error().what();
        auto media = v4l2::MediaDevice::open(nodes->media);
        ASSERT_TRUE(media) << media.error().what();
        media_.emplace(std::move(*media));
        auto device = v4l2::V4l2Device::open(nodes->video);
        ASSERT_TRUE(device) << device.error().what();
        device_ = std::move(*device);
    }

    void setFormat(v4l2::QueueType type, uint32_t fourcc)
    {
        const auto format =
            device_->setFormat(type, {.fourcc = fourcc, .width = 320, .height = 240, .planes = {}});
        ASSERT_TRUE(format) << format.error().what();
        EXPECT_EQ(format->fourcc, fourcc);
    }

    std::optional<v4l2::MediaDevice> media_;
    std::shared_ptr<v4l2::V4l2Device> device_;
};

TEST_F(V4l2ClientTest, KnowsTheDevice)
{
    EXPECT_EQ(media_->driver(), v4l2::kDaedalusDriver);
    EXPECT_EQ(device_->driver(), v4l2::kDaedalusDriver);
    EXPECT_FALSE(device_->card().empty());
    EXPECT_EQ(*media_->videoNode(), device_->path());
    const auto nodes = v4l2::MediaDevice::enumerate();
    EXPECT_NE(std::find(nodes.begin(), nodes.end(), media_->path()), nodes.end());
}

TEST_F(V4l2ClientTest, RefusesWhatIsNoDecoder)
{
    EXPECT_EQ(v4l2::V4l2Device::open("/dev/no-such-node").error().code(), ENOENT);
    EXPECT_EQ(v4l2::V4l2Device::open("/dev/null").error().code(), ENOTTY);
    EXPECT_EQ(v4l2::MediaDevice::open("/dev/null").error().code(), ENOTTY);
}

TEST_F(V4l2ClientTest, ListsAndSetsFormats)
{
    const auto coded = device_->formats(v4l2::QueueType::Output);
    ASSERT_TRUE(coded);
    for (const uint32_t fourcc : {V4L2_PIX_FMT_H264_SLICE, V4L2_PIX_FMT_VP9_FRAME}) {
        EXPECT_NE(std::find(coded->begin(), coded->end(), fourcc), coded->end());
    }
    setFormat(v4l2::QueueType::Output, V4L2_PIX_FMT_H264_SLICE);
    setFormat(v4l2::QueueType::Capture, V4L2_PIX_FMT_NV12M);
    const auto format = device_->format(v4l2::QueueType::Capture);
    ASSERT_TRUE(format);
    EXPECT_EQ(format->planes.size(), 2U);
    EXPECT_GE(format->width, 320U);
    EXPECT_GE(format->planes[0].stride, 320U);
    EXPECT_GE(format->planes[0].size, format->planes[0].stride * 240);
    const auto tried = device_->tryFormat(
        v4l2::QueueType::Capture,
        {.fourcc = V4L2_PIX_FMT_YUV420, .width = 320, .height = 240, .planes = {}});
    ASSERT_TRUE(tried);
    EXPECT_EQ(tried->fourcc, V4L2_PIX_FMT_YUV420);
    EXPECT_EQ(device_->format(v4l2::QueueType::Capture)->fourcc, V4L2_PIX_FMT_NV12M);
}

TEST_F(V4l2ClientTest, SetsControls)
{
    EXPECT_TRUE(device_->hasControl(V4L2_CID_STATELESS_H264_SPS));
    EXPECT_FALSE(device_->hasControl(V4L2_CID_BRIGHTNESS));
    const auto range = device_->controlRange(V4L2_CID_STATELESS_H264_DECODE_MODE);
    ASSERT_TRUE(range);
    EXPECT_LE(range->minimum, V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED);
    EXPECT_GE(range->maximum, V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED);
    ASSERT_TRUE(device_->setControl(V4L2_CID_STATELESS_H264_DECODE_MODE,
                                    V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED));
    EXPECT_EQ(device_->control(V4L2_CID_STATELESS_H264_DECODE_MODE).value_or(-1),
              V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED);
    EXPECT_FALSE(device_->controlRange(V4L2_CID_STATELESS_H264_SPS));

    EXPECT_EQ(device_->setControl(V4L2_CID_BRIGHTNESS, 1).error().code(), EINVAL);
    ControlSet wrong;
    wrong.set(V4L2_CID_STATELESS_H264_DECODE_MODE, uint64_t{1});
    EXPECT_EQ(device_->setControls(wrong).error().code(), EINVAL);
    ControlSet tooShort;
    tooShort.set(V4L2_CID_STATELESS_H264_SPS, uint32_t{0});
    const auto result = device_->setControls(tooShort);
    ASSERT_FALSE(result);
}

TEST_F(V4l2ClientTest, AttachesControlsToARequestOnly)
{
    const auto request = media_->allocRequest();
    ASSERT_TRUE(request) << request.error().what();
    v4l2_ctrl_h264_pps pps{};
    pps.pic_init_qp_minus26 = 3;
    ControlSet controls;
    controls.set(V4L2_CID_STATELESS_H264_PPS, pps);
    const auto set = device_->setControls(*request, controls);
    EXPECT_TRUE(set) << set.error().what();
}

TEST_F(V4l2ClientTest, ARequestWithoutBufferIsNoRequest)
{
    auto request = media_->allocRequest();
    ASSERT_TRUE(request);
    const auto queued = request->queue();
    ASSERT_FALSE(queued);
    EXPECT_EQ(queued.error().code(), ENOENT);
    const auto waited = request->wait(10ms);
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().code(), EINVAL);
    EXPECT_TRUE(request->reinit());
}

TEST_F(V4l2ClientTest, MapsExportsAndAddsBuffers)
{
    setFormat(v4l2::QueueType::Output, V4L2_PIX_FMT_H264_SLICE);
    setFormat(v4l2::QueueType::Capture, V4L2_PIX_FMT_NV12M);
    v4l2::V4l2Queue queue(device_, v4l2::QueueType::Capture, v4l2::V4l2Memory::Mmap);
    const auto count = queue.allocate(3);
    ASSERT_TRUE(count) << count.error().what();
    EXPECT_GE(*count, 3U);
    EXPECT_EQ(queue.count(), *count);
    EXPECT_FALSE(queue.plane(0, 0).empty());
    EXPECT_FALSE(queue.plane(0, 1).empty());
    EXPECT_TRUE(queue.plane(0, 2).empty());
    EXPECT_TRUE(queue.plane(*count, 0).empty());

    auto exported = queue.exportPlane(1, 1);
    ASSERT_TRUE(exported) << exported.error().what();
    const auto mapping = gbm::DmaBufMapping::map(exported->get(), 0, gbm::CpuAccess::ReadWrite);
    ASSERT_TRUE(mapping) << mapping.error().what();
    queue.plane(1, 1)[5] = std::byte{0x5a};
    EXPECT_EQ((*mapping)->bytes()[5], std::byte{0x5a});
    EXPECT_FALSE(queue.exportPlane(1, 2));

    const auto first = queue.create(2, *device_->format(v4l2::QueueType::Capture));
    ASSERT_TRUE(first) << first.error().what();
    EXPECT_EQ(*first, *count);
    EXPECT_GT(queue.count(), *count);
    EXPECT_FALSE(queue.plane(*first, 0).empty());
}

TEST_F(V4l2ClientTest, ChecksWhatIsQueued)
{
    setFormat(v4l2::QueueType::Output, V4L2_PIX_FMT_H264_SLICE);
    v4l2::V4l2Queue queue(device_, v4l2::QueueType::Output, v4l2::V4l2Memory::Mmap);
    ASSERT_TRUE(queue.allocate(1));
    const v4l2::V4l2Queue::PlaneArgs plane{.bytesUsed = 10};
    const auto error = [&](const v4l2::V4l2Queue::QueueArgs &args) {
        const auto queued = queue.queue(args);
        return queued ? 0 : queued.error().code();
    };
    EXPECT_EQ(error({.index = 99, .planes = std::span(&plane, 1)}), EINVAL);
    EXPECT_EQ(error({.index = 0, .planes = {}}), EINVAL);
    EXPECT_EQ(error({.index = 0, .planes = std::span(&plane, 1), .timestamp = 1}), EINVAL);
    // A stateless decoder takes bitstreams with a request only.
    EXPECT_EQ(error({.index = 0, .planes = std::span(&plane, 1)}), EBADR);
}

TEST_F(V4l2ClientTest, AnIdleQueueHasNothingToGive)
{
    setFormat(v4l2::QueueType::Output, V4L2_PIX_FMT_H264_SLICE);
    v4l2::V4l2Queue queue(device_, v4l2::QueueType::Capture, v4l2::V4l2Memory::Mmap);
    ASSERT_TRUE(queue.allocate(1));
    EXPECT_EQ(queue.wait(10ms).error().code(), EPIPE);
    EXPECT_FALSE(queue.dequeue());
    ASSERT_TRUE(queue.streamOn());
    const auto nothing = queue.dequeue();
    ASSERT_TRUE(nothing) << nothing.error().what();
    EXPECT_FALSE(*nothing);
    EXPECT_EQ(queue.release().error().code(), EBUSY);
    ASSERT_TRUE(queue.streamOff());
    EXPECT_TRUE(queue.release());
    EXPECT_EQ(queue.count(), 0U);
}

} // namespace
} // namespace daedalus::test
