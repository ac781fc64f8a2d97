// SPDX-License-Identifier: BSD-2-Clause
//
// Requests on their way to a worker and back.
#include <gtest/gtest.h>

#include <linux/v4l2-controls.h>
#include <sys/ioctl.h>

#include <cerrno>

#include "tests/kmod/dma_buffer.h"
#include "tests/kmod/module_test.h"

namespace daedalus::test {
namespace {

/// A broker, a client with @c kBuffers buffers in each queue, and its worker.
class Decode : public SessionTest {
protected:
    void SetUp() override
    {
        ASSERT_NO_FATAL_FAILURE(SessionTest::SetUp());
        ASSERT_NO_FATAL_FAILURE(start());
    }

    void queueAll()
    {
        for (std::uint32_t i = 0; i < kBuffers; ++i) {
            ASSERT_EQ(client_.queueCapture(i), 0);
            ASSERT_EQ(client_.submit({.index = i,
                                      .timestamp = 1000000ULL * (i + 1),
                                      .marker = static_cast<std::uint8_t>(i)}),
                      0);
        }
    }
};

TEST_F(Decode, RequestSaysAllThatTheWorkerNeeds)
{
    const auto message =
        request({.timestamp = 5000, .bytes = 1234, .dataOffset = 64, .marker = 99});
    ASSERT_TRUE(message);
    const auto request = message->as<daedalus_req_decode>();
    EXPECT_EQ(request.timestamp, 5000U);
    EXPECT_EQ(request.codec, V4L2_PIX_FMT_VP9_FRAME);
    EXPECT_EQ(request.pixelformat, V4L2_PIX_FMT_NV12);
    EXPECT_EQ(request.width, 64U);
    EXPECT_EQ(request.height, 64U);
    EXPECT_EQ(request.coded_width, 64U);
    EXPECT_EQ(request.coded_height, 64U);
    EXPECT_EQ(request.bitstream_offset, 64U);
    EXPECT_EQ(request.bitstream_size, 1234U);
    ASSERT_EQ(request.num_planes, 2U);
    EXPECT_EQ(request.planes[0].offset, 0U);
    EXPECT_EQ(request.planes[0].stride, 128U);
    EXPECT_EQ(request.planes[0].size, 128U * 64);
    EXPECT_EQ(request.planes[1].buffer_id, request.planes[0].buffer_id);
    EXPECT_EQ(request.planes[1].offset, 128U * 64);
    EXPECT_EQ(request.planes[1].stride, 128U);
    EXPECT_EQ(request.planes[1].size, 128U * 32 + DAEDALUS_TAIL_PADDING);
    EXPECT_NE(request.bitstream_id, request.planes[0].buffer_id);

    // The controls follow, each on a multiple of 8 bytes.
    ASSERT_EQ(request.num_controls, 2U);
    std::size_t at = sizeof(request);
    daedalus_control control{};
    std::memcpy(&control, message->payload.data() + at, sizeof(control));
    ASSERT_EQ(control.id, static_cast<std::uint32_t>(V4L2_CID_STATELESS_VP9_FRAME));
    ASSERT_EQ(control.size, sizeof(v4l2_ctrl_vp9_frame));
    at += sizeof(control);
    v4l2_ctrl_vp9_frame frame{};
    std::memcpy(&frame, message->payload.data() + at, sizeof(frame));
    EXPECT_EQ(frame.quant.base_q_idx, 99);
    at += (sizeof(frame) + 7) / 8 * 8;
    std::memcpy(&control, message->payload.data() + at, sizeof(control));
    EXPECT_EQ(control.id, static_cast<std::uint32_t>(V4L2_CID_STATELESS_VP9_COMPRESSED_HDR));
    at += sizeof(control) + (control.size + 7) / 8 * 8;
    EXPECT_EQ(message->payload.size(), at);
}

/// A VP9 key frame of so many bits a sample.
v4l2_ctrl_vp9_frame keyFrame(std::uint8_t bitDepth)
{
    v4l2_ctrl_vp9_frame frame{};
    frame.flags = V4L2_VP9_FRAME_FLAG_KEY_FRAME | V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING |
                  V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING;
    frame.profile = bitDepth == 8 ? 0 : 2;
    frame.bit_depth = bitDepth;
    return frame;
}

v4l2_ext_control frameControl(v4l2_ctrl_vp9_frame &frame)
{
    return controlOf(V4L2_CID_STATELESS_VP9_FRAME, frame);
}

TEST_F(Decode, BitDepthOfTheRequestHasToBeTheFormats)
{
    auto ten = keyFrame(10);
    ASSERT_EQ(client_.queueCapture(0), 0);
    ASSERT_EQ(client_.submit({.index = 0, .timestamp = 1000, .controls = {frameControl(ten)}}), 0);
    expectPicture(true);
    EXPECT_TRUE(client_.dequeue(kOutput)->error);
    EXPECT_TRUE(client_.requestComplete(0));
    // The worker hears nothing of it; the next request is as good as ever.
    const auto message = request({.index = 1, .timestamp = 2000});
    ASSERT_TRUE(message);
    EXPECT_EQ(message->as<daedalus_req_decode>().timestamp, 2000U);
}

TEST_F(Decode, RequestSaysWhereTenBitPlanesAre)
{
    auto ten = keyFrame(10);
    for (const std::uint32_t fourcc : {V4L2_PIX_FMT_P010, DAEDALUS_PIX_FMT_I010}) {
        Client client;
        auto control = frameControl(ten);
        v4l2_ext_controls controls{};
        controls.which = V4L2_CTRL_WHICH_CUR_VAL;
        controls.count = 1;
        controls.controls = &control;
        ASSERT_TRUE(client.setFormat(130, 64));
        ASSERT_EQ(::ioctl(client.fd(), VIDIOC_S_EXT_CTRLS, &controls), 0);
        const auto format = client.setFormat(130, 64, fourcc);
        ASSERT_TRUE(format);
        ASSERT_EQ(format->pixelformat, fourcc);
        ASSERT_GT(client.allocate(kOutput, V4L2_MEMORY_MMAP, 1), 0);
        ASSERT_GT(client.allocate(kCapture, V4L2_MEMORY_MMAP, 1), 0);
        ASSERT_EQ(client.stream(kOutput, true), 0);
        ASSERT_EQ(client.stream(kCapture, true), 0);
        ASSERT_EQ(client.queueCapture(0), 0);
        ASSERT_EQ(client.submit({.timestamp = 1000, .controls = {control}}), 0);
        auto worker = broker_.nextWorker();
        ASSERT_TRUE(worker);
        const auto message = worker->next();
        ASSERT_TRUE(message);
        const auto request = message->as<daedalus_req_decode>();
        EXPECT_EQ(request.pixelformat, fourcc);
        const bool planar = fourcc == DAEDALUS_PIX_FMT_I010;
        const std::uint32_t chroma = planar ? 256 : 512;
        ASSERT_EQ(request.num_planes, planar ? 3U : 2U);
        EXPECT_EQ(request.planes[0].stride, 512U);
        EXPECT_EQ(request.planes[0].size, 512U * 64);
        EXPECT_EQ(request.planes[1].offset, 512U * 64);
        EXPECT_EQ(request.planes[1].stride, chroma);
        const auto &last = request.planes[request.num_planes - 1];
        EXPECT_EQ(last.offset, planar ? 512U * 64 + 256 * 32 : 512U * 64);
        EXPECT_EQ(last.stride, chroma);
        EXPECT_EQ(last.size, chroma * 32 + DAEDALUS_TAIL_PADDING);
        // An 8-bit request is refused here.
        ASSERT_EQ(worker->respond(message->header.cookie), 0);
        ASSERT_TRUE(client.dequeue(kCapture));
        ASSERT_TRUE(client.dequeue(kOutput));
        ASSERT_EQ(client.queueCapture(0), 0);
        ASSERT_EQ(client.submit({.timestamp = 2000}), 0);
        const auto refused = client.dequeue(kCapture);
        ASSERT_TRUE(refused);
        EXPECT_TRUE(refused->error);
        client.close();
        EXPECT_TRUE(broker_.nextClose());
    }
}

TEST_F(Decode, AnswerCompletesTheRequest)
{
    const auto done = debugfsValue("stats", "frames_done");
    const auto copied = debugfsValue("stats", "bytes_copied");
    ASSERT_EQ(client_.queueCapture(2), 0);
    ASSERT_EQ(client_.submit({.index = 1, .timestamp = 7000}), 0);
    const auto message = worker_->next();
    ASSERT_TRUE(message);
    EXPECT_FALSE(client_.requestComplete(0, std::chrono::milliseconds(20)));
    ASSERT_EQ(worker_->respond(message->header.cookie, 0, 12345), 0);
    EXPECT_TRUE(client_.requestComplete(0));

    const auto picture = client_.dequeue(kCapture);
    ASSERT_TRUE(picture);
    EXPECT_EQ(picture->index, 2U);
    EXPECT_EQ(picture->timestamp, 7000U);
    EXPECT_FALSE(picture->error);
    EXPECT_EQ(picture->bytesUsed, 128U * 96 + DAEDALUS_TAIL_PADDING);
    const auto bitstream = client_.dequeue(kOutput);
    ASSERT_TRUE(bitstream);
    EXPECT_EQ(bitstream->index, 1U);
    EXPECT_FALSE(bitstream->error);
    EXPECT_EQ(debugfsValue("stats", "frames_done"), done + 1);
    EXPECT_EQ(debugfsValue("stats", "bytes_copied"), copied + 12345);
    // A second answer finds nothing.
    EXPECT_EQ(worker_->respond(message->header.cookie), ENOENT);
}

TEST_F(Decode, EngineErrorMarksTheBuffers)
{
    const auto message = request();
    ASSERT_TRUE(message);
    ASSERT_EQ(worker_->respond(message->header.cookie, EILSEQ), 0);
    const auto picture = client_.dequeue(kCapture);
    ASSERT_TRUE(picture);
    EXPECT_TRUE(picture->error);
    EXPECT_EQ(picture->bytesUsed, 0U);
    EXPECT_TRUE(client_.dequeue(kOutput)->error);
}

TEST_F(Decode, AllRequestsAreInFlightAtOnceAndReturnInDecodeOrder)
{
    queueAll();
    std::vector<std::uint32_t> cookies;
    for (std::uint32_t i = 0; i < kBuffers; ++i) {
        const auto message = worker_->next();
        ASSERT_TRUE(message);
        EXPECT_EQ(message->as<daedalus_req_decode>().timestamp, 1000000U * (i + 1));
        cookies.push_back(message->header.cookie);
    }
    // Answers come in any order; how many pictures are complete with each of them.
    std::uint32_t next = 0;
    for (const auto &[answer, complete] : {std::pair{2U, 0U}, {0U, 1U}, {3U, 1U}, {1U, 4U}}) {
        ASSERT_EQ(worker_->respond(cookies[answer]), 0);
        EXPECT_EQ(worker_->respond(cookies[answer]), ENOENT);
        for (; next < complete; ++next) {
            const auto picture = client_.dequeue(kCapture);
            ASSERT_TRUE(picture);
            EXPECT_EQ(picture->index, next);
            EXPECT_EQ(picture->timestamp, 1000000U * (next + 1));
            EXPECT_EQ(client_.dequeue(kOutput)->index, next);
        }
        EXPECT_FALSE(client_.dequeue(kCapture, std::chrono::milliseconds(20)));
    }
}

TEST_F(Decode, RefusedRequestDoesNotOvertake)
{
    auto ten = keyFrame(10); // CAPTURE is NV12
    ASSERT_EQ(client_.queueCapture(0), 0);
    ASSERT_EQ(client_.queueCapture(1), 0);
    ASSERT_EQ(client_.submit({.index = 0, .timestamp = 1000}), 0);
    ASSERT_EQ(client_.submit({.index = 1, .timestamp = 2000, .controls = {frameControl(ten)}}), 0);
    const auto message = worker_->next();
    ASSERT_TRUE(message);
    EXPECT_FALSE(client_.dequeue(kCapture, std::chrono::milliseconds(50)));
    ASSERT_EQ(worker_->respond(message->header.cookie), 0);
    for (const bool refused : {false, true}) {
        const auto picture = client_.dequeue(kCapture);
        ASSERT_TRUE(picture);
        EXPECT_EQ(picture->timestamp, refused ? 2000U : 1000U);
        EXPECT_EQ(picture->error, refused);
        ASSERT_TRUE(client_.dequeue(kOutput));
    }
}

TEST_F(Decode, RequestWithoutTheControlOfItsPictureIsRefused)
{
    ASSERT_EQ(client_.queueCapture(0), 0);
    v4l2_ctrl_vp9_compressed_hdr other{};
    EXPECT_EQ(
        client_.submit({.controls = {controlOf(V4L2_CID_STATELESS_VP9_COMPRESSED_HDR, other)}}),
        ENOENT);
    EXPECT_FALSE(readMessage(worker_->fd(), std::chrono::milliseconds(20)));
    // The buffer is none the worse for it.
    EXPECT_EQ(client_.submit({.index = 1}), 0);
    EXPECT_TRUE(worker_->next());
}

TEST_F(Decode, RequestWaitsForItsCaptureBuffer)
{
    ASSERT_EQ(client_.submit({}), 0);
    EXPECT_FALSE(readMessage(worker_->fd(), std::chrono::milliseconds(50)));
    ASSERT_EQ(client_.queueCapture(0), 0);
    EXPECT_TRUE(worker_->next());
}

TEST_F(Decode, RequestQueuedBeforeStreamonIsSent)
{
    ASSERT_EQ(client_.stream(kOutput, false), 0);
    ASSERT_EQ(client_.stream(kCapture, false), 0);
    ASSERT_EQ(client_.queueCapture(0), 0);
    ASSERT_EQ(client_.submit({}), 0);
    ASSERT_EQ(client_.stream(kCapture, true), 0);
    EXPECT_FALSE(readMessage(worker_->fd(), std::chrono::milliseconds(50)));
    ASSERT_EQ(client_.stream(kOutput, true), 0);
    // Still the same session: seeking does not cost a worker.
    EXPECT_TRUE(worker_->next());
}

TEST_F(Decode, FieldPairSharesOneCaptureBuffer)
{
    ASSERT_EQ(client_.queueCapture(0), 0);
    ASSERT_EQ(client_.queueCapture(1), 0);
    ASSERT_EQ(client_.submit(
                  {.index = 0, .timestamp = 1000, .flags = V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF}),
              0);
    ASSERT_EQ(client_.submit({.index = 1, .timestamp = 1000}), 0);
    ASSERT_EQ(client_.submit({.index = 2, .timestamp = 2000}), 0);
    const auto first = worker_->next();
    const auto second = worker_->next();
    const auto third = worker_->next();
    ASSERT_TRUE(first && second && third);
    const auto idOf = [](const WireMessage &m) {
        return m.as<daedalus_req_decode>().planes[0].buffer_id;
    };
    EXPECT_EQ(idOf(*first), idOf(*second));
    EXPECT_NE(idOf(*first), idOf(*third));

    ASSERT_EQ(worker_->respond(first->header.cookie), 0);
    EXPECT_EQ(client_.dequeue(kOutput)->index, 0U);
    EXPECT_FALSE(client_.dequeue(kCapture, std::chrono::milliseconds(50)));
    ASSERT_EQ(worker_->respond(second->header.cookie), 0);
    EXPECT_EQ(client_.dequeue(kCapture)->index, 0U);
    ASSERT_EQ(worker_->respond(third->header.cookie), 0);
    EXPECT_EQ(client_.dequeue(kCapture)->index, 1U);
}

TEST_F(Decode, HeldCaptureBufferIsReleasedByAnotherTimestampOrFlush)
{
    ASSERT_EQ(client_.queueCapture(0), 0);
    ASSERT_EQ(client_.queueCapture(1), 0);
    for (std::uint32_t i = 0; i < 2; ++i) {
        ASSERT_EQ(client_.submit({.index = i,
                                  .timestamp = 1000 * (i + 1),
                                  .flags = V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF}),
                  0);
        const auto message = worker_->next();
        ASSERT_TRUE(message);
        ASSERT_EQ(worker_->respond(message->header.cookie), 0);
    }
    EXPECT_EQ(client_.dequeue(kCapture)->index, 0U);
    EXPECT_FALSE(client_.dequeue(kCapture, std::chrono::milliseconds(50)));
    v4l2_decoder_cmd command{};
    command.cmd = V4L2_DEC_CMD_FLUSH;
    ASSERT_EQ(::ioctl(client_.fd(), VIDIOC_DECODER_CMD, &command), 0);
    EXPECT_EQ(client_.dequeue(kCapture)->index, 1U);
}

TEST_F(Decode, WrongAnswersAreRefused)
{
    const auto message = request();
    ASSERT_TRUE(message);
    const auto cookie = message->header.cookie;
    EXPECT_EQ(worker_->respond(cookie + 1), ENOENT);
    EXPECT_EQ(worker_->respond(cookie, 4096), EINVAL);
    EXPECT_EQ(worker_->respond(cookie, 0xffffffea), EINVAL);
    EXPECT_EQ(writeMessage(worker_->fd(), DAEDALUS_MSG_RESP_FRAME, cookie, std::uint32_t{0}),
              EMSGSIZE);
    EXPECT_EQ(writeMessage(worker_->fd(), DAEDALUS_MSG_RESP_FRAME, cookie, daedalus_hello{}),
              EMSGSIZE);
    EXPECT_EQ(writeMessage(worker_->fd(), DAEDALUS_MSG_REQ_DECODE, cookie, daedalus_resp_frame{}),
              EINVAL);
    EXPECT_EQ(writeMessage(worker_->fd(), DAEDALUS_MSG_HELLO, cookie, daedalus_hello{}), EINVAL);
    auto header = makeHeader(DAEDALUS_MSG_PING, 1, 0);
    header.magic = 0;
    EXPECT_EQ(writeMessage(worker_->fd(), header), EBADMSG);
    // The request is none the worse for it.
    EXPECT_EQ(worker_->respond(cookie), 0);
    EXPECT_FALSE(client_.dequeue(kCapture)->error);
}

TEST_F(Decode, AnswerToAnUnreadRequestEndsTheSession)
{
    queueAll();
    const auto first = worker_->next();
    ASSERT_TRUE(first);
    EXPECT_EQ(worker_->respond(first->header.cookie + 1), EPROTO);
    for (std::uint32_t i = 0; i < kBuffers; ++i) {
        expectPicture(true);
    }
    expectClosed(DAEDALUS_CLOSE_PROTOCOL);
    EXPECT_EQ(worker_->respond(first->header.cookie), ESHUTDOWN);
}

TEST_F(Decode, WorkerCanPing)
{
    ASSERT_EQ(writeMessage(worker_->fd(), makeHeader(DAEDALUS_MSG_PING, 3, 0)), 0);
    const auto pong = worker_->next(DAEDALUS_MSG_PONG);
    ASSERT_TRUE(pong);
    EXPECT_EQ(pong->header.cookie, 3U);
}

TEST_F(Decode, ContextsDoNotWaitForOneAnother)
{
    Client other;
    ASSERT_TRUE(other.valid() && other.start(1));
    auto otherWorker = broker_.workerOf(other);
    ASSERT_TRUE(otherWorker);
    queueAll();
    ASSERT_EQ(other.queueCapture(0), 0);
    ASSERT_EQ(other.submit({.timestamp = 9000}), 0);
    const auto message = otherWorker->next();
    ASSERT_TRUE(message);
    ASSERT_EQ(otherWorker->respond(message->header.cookie), 0);
    EXPECT_EQ(other.dequeue(kCapture)->timestamp, 9000U);
    // A worker has no say in another session.
    const auto mine = worker_->next();
    ASSERT_TRUE(mine);
    EXPECT_EQ(otherWorker->respond(mine->header.cookie), ENOENT);
    int error = 0;
    EXPECT_FALSE(otherWorker->dmaBuf(4000000000U, nullptr, &error));
    EXPECT_EQ(error, ENOENT);
}

} // namespace
} // namespace daedalus::test
