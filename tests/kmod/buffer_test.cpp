// SPDX-License-Identifier: BSD-2-Clause
//
// Buffers, and the ids by which workers know them.
#include <gtest/gtest.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "tests/kmod/dma_buffer.h"
#include "tests/kmod/module_test.h"
#include "tests/kmod/parameter.h"

namespace daedalus::test {
namespace {

constexpr std::size_t kPicture = 64UL * 1024;

class Buffers : public SessionTest {
protected:
    /// Decodes one picture into @p index and returns the request that the worker saw.
    daedalus_req_decode decode(std::uint32_t index, const std::vector<int> &dmaBufs = {})
    {
        EXPECT_EQ(client_.queueCapture(index, dmaBufs), 0);
        return decode();
    }

    /// Decodes one picture into the CAPTURE buffer that is queued.
    daedalus_req_decode decode()
    {
        EXPECT_EQ(client_.submit({}), 0);
        const auto message = worker_->next();
        if (!message) {
            ADD_FAILURE() << "no request";
            return {};
        }
        EXPECT_EQ(worker_->respond(message->header.cookie), 0);
        EXPECT_TRUE(client_.dequeue(kCapture));
        EXPECT_TRUE(client_.dequeue(kOutput));
        return message->as<daedalus_req_decode>();
    }

    /// Changes the size of what is decoded, with all buffers in place.
    void resize(std::uint32_t size)
    {
        v4l2_format format{};
        format.type = kOutput;
        ASSERT_EQ(::ioctl(client_.fd(), VIDIOC_G_FMT, &format), 0);
        format.fmt.pix_mp.width = format.fmt.pix_mp.height = size;
        ASSERT_EQ(::ioctl(client_.fd(), VIDIOC_S_FMT, &format), 0);
    }

    /// One more CAPTURE buffer, of the format of now; returns its index.
    std::uint32_t addBuffer()
    {
        v4l2_create_buffers create{};
        create.count = 1;
        create.memory = V4L2_MEMORY_MMAP;
        create.format.type = kCapture;
        EXPECT_EQ(::ioctl(client_.fd(), VIDIOC_G_FMT, &create.format), 0);
        EXPECT_EQ(::ioctl(client_.fd(), VIDIOC_CREATE_BUFS, &create), 0);
        return create.index;
    }
};

// GStreamer 1.26 keeps what it shows and what is referred to when VP9 changes its size.
TEST_F(Buffers, OnesThatHaveBecomeTooSmallAreNotUsed)
{
    ASSERT_NO_FATAL_FAILURE(start(2));
    EXPECT_EQ(decode(0).width, 64U);
    // Prepared while it was large enough.
    v4l2_plane plane{};
    v4l2_buffer prepared{};
    prepared.type = kCapture;
    prepared.memory = V4L2_MEMORY_MMAP;
    prepared.m.planes = &plane;
    prepared.length = 1;
    ASSERT_EQ(::ioctl(client_.fd(), VIDIOC_PREPARE_BUF, &prepared), 0);
    resize(256);
    EXPECT_EQ(client_.queueCapture(1), EINVAL);
    ASSERT_EQ(client_.queueCapture(0), 0);
    ASSERT_EQ(client_.submit({}), 0);
    const auto failed = client_.dequeue(kCapture);
    ASSERT_TRUE(failed);
    EXPECT_TRUE(failed->error);
    EXPECT_EQ(failed->bytesUsed, 0U);
    ASSERT_TRUE(client_.dequeue(kOutput));

    // It did not reach the worker, whose next request is this one.
    const std::uint32_t larger = addBuffer();
    EXPECT_EQ(larger, 2U);
    EXPECT_EQ(decode(larger).width, 256U);
    // A larger one will do, too, in the layout of the size of now.
    resize(64);
    const auto small = decode(larger);
    EXPECT_EQ(small.width, 64U);
    EXPECT_EQ(small.planes[0].stride, 128U);
    EXPECT_EQ(decode(1).width, 64U);
}

TEST_F(Buffers, WorkerSeesTheClientsMemory)
{
    ASSERT_NO_FATAL_FAILURE(start(1));
    const auto bitstreamPlace = client_.place(kOutput, 0);
    const auto picturePlace = client_.place(kCapture, 0);
    ASSERT_TRUE(bitstreamPlace && picturePlace);
    const Mapping bitstream(client_.fd(), 4096, bitstreamPlace->offset);
    const Mapping picture(client_.fd(), 4096, picturePlace->offset);
    ASSERT_TRUE(bitstream.valid() && picture.valid());
    bitstream.data()[17] = 0x5a;

    const auto message = request();
    ASSERT_TRUE(message);
    const auto request = message->as<daedalus_req_decode>();
    std::uint64_t size = 0;
    const UniqueFd input = worker_->dmaBuf(request.bitstream_id, &size);
    ASSERT_TRUE(input);
    EXPECT_GE(size, bitstreamPlace->length);
    const UniqueFd output = worker_->dmaBuf(request.planes[0].buffer_id, &size);
    ASSERT_TRUE(output);
    EXPECT_GE(size, request.planes[1].offset + request.planes[1].size);
    const Mapping workerInput(input.get(), 4096);
    const Mapping workerOutput(output.get(), 4096);
    ASSERT_TRUE(workerInput.valid() && workerOutput.valid());
    EXPECT_EQ(workerInput.data()[17], 0x5a);
    workerOutput.data()[4] = 0xa5;
    EXPECT_EQ(picture.data()[4], 0xa5);
}

TEST_F(Buffers, BitstreamsThatNoDeviceCanReachAreTold)
{
    ASSERT_NO_FATAL_FAILURE(start(1));
    EXPECT_EQ(decode(0).flags, DAEDALUS_DECODE_CPU_BITSTREAM);
    // The worker's own descriptor changes nothing, the client's does.
    EXPECT_EQ(decode(0).flags, DAEDALUS_DECODE_CPU_BITSTREAM);
    ASSERT_TRUE(client_.exportBuffer(kOutput, 0));
    EXPECT_EQ(decode(0).flags, 0U);
}

TEST_F(Buffers, AllocatedBuffersKeepTheirIds)
{
    ASSERT_NO_FATAL_FAILURE(start(3));
    std::set<std::uint32_t> ids;
    for (std::uint32_t i = 0; i < 3; ++i) {
        const auto id = decode(i).planes[0].buffer_id;
        EXPECT_TRUE(ids.insert(id).second);
        EXPECT_EQ(decode(i).planes[0].buffer_id, id);
    }
    // Our export is no mapping of the client's.
    EXPECT_FALSE(client_.place(kCapture, 0)->mapped);
}

TEST_F(Buffers, FreedBuffersAreAnnounced)
{
    ASSERT_NO_FATAL_FAILURE(start(2, V4L2_MEMORY_DMABUF));
    const UniqueFd named = makeDmaBuf(kPicture);
    const UniqueFd unnamed = makeDmaBuf(kPicture);
    const auto known = decode(0, {named.get()});
    ASSERT_EQ(client_.queueCapture(1, {unnamed.get()}), 0);
    ASSERT_EQ(client_.stream(kCapture, false), 0);
    ASSERT_EQ(client_.allocate(kCapture, V4L2_MEMORY_DMABUF, 0), 0);
    // Only the one that the worker was told of.
    const auto gone = worker_->next(DAEDALUS_MSG_BUFFER_FREE);
    ASSERT_TRUE(gone);
    EXPECT_EQ(gone->as<daedalus_buffer_free>().buffer_id, known.planes[0].buffer_id);
    EXPECT_FALSE(readMessage(worker_->fd(), std::chrono::milliseconds(0)));
    int error = 0;
    EXPECT_FALSE(worker_->dmaBuf(known.planes[0].buffer_id, nullptr, &error));
    EXPECT_EQ(error, ENOENT);
    EXPECT_TRUE(worker_->dmaBuf(known.bitstream_id));
}

// What a cancelled request named was never known to the worker.
TEST_F(Buffers, CancelledNamesAreNotAnnounced)
{
    ASSERT_NO_FATAL_FAILURE(start(1));
    ASSERT_EQ(client_.queueCapture(0), 0);
    ASSERT_EQ(client_.submit({}), 0);
    ASSERT_EQ(client_.stream(kCapture, false), 0);
    ASSERT_EQ(client_.allocate(kCapture, V4L2_MEMORY_MMAP, 0), 0);
    EXPECT_FALSE(readMessage(worker_->fd(), std::chrono::milliseconds(20)));
}

TEST_F(Buffers, OnlyTheWorkerOfNowGetsWhatItWasToldOf)
{
    ASSERT_NO_FATAL_FAILURE(start(2));
    const auto known = decode(0);
    ASSERT_TRUE(worker_->dmaBuf(known.bitstream_id));
    ASSERT_EQ(client_.queueCapture(1), 0);
    ASSERT_EQ(client_.submit({.index = 1}), 0);
    // Ids are easily guessed.
    const auto highest = std::max(known.bitstream_id, known.planes[0].buffer_id);
    for (std::uint32_t id = highest + 1; id < highest + 4; ++id) {
        EXPECT_FALSE(worker_->dmaBuf(id)) << id;
    }
    ASSERT_TRUE(worker_->next());

    // The same context with another session: the worker is one of the past.
    const Parameter timeout("timeout_ms", 100);
    ASSERT_TRUE(client_.dequeue(kCapture) && client_.dequeue(kOutput));
    ASSERT_TRUE(broker_.nextClose());
    ASSERT_EQ(client_.queueCapture(0), 0);
    ASSERT_EQ(client_.submit({.index = 0}), 0);
    auto next = broker_.nextWorker();
    ASSERT_TRUE(next);
    const auto message = next->next();
    ASSERT_TRUE(message);
    const auto id = message->as<daedalus_req_decode>().bitstream_id;
    EXPECT_TRUE(next->dmaBuf(id));
    EXPECT_FALSE(worker_->dmaBuf(id));
}

TEST_F(Buffers, WorkersMappingOutlivesTheBuffer)
{
    ASSERT_NO_FATAL_FAILURE(start(1));
    const auto request = decode(0);
    const UniqueFd fd = worker_->dmaBuf(request.planes[0].buffer_id);
    ASSERT_TRUE(fd);
    const Mapping mapping(fd.get(), 4096);
    ASSERT_TRUE(mapping.valid());
    client_.close();
    mapping.data()[0] = 1;
    EXPECT_EQ(mapping.data()[0], 1);
}

TEST_F(Buffers, ImportedBufferKeepsItsIdWhileItIsQueuedAnywhere)
{
    ASSERT_NO_FATAL_FAILURE(start(2, V4L2_MEMORY_DMABUF));
    const UniqueFd a = makeDmaBuf(kPicture);
    const UniqueFd b = makeDmaBuf(kPicture);
    ASSERT_TRUE(a && b);
    const auto idA = decode(0, {a.get()}).planes[0].buffer_id;
    const auto idB = decode(1, {b.get()}).planes[0].buffer_id;
    EXPECT_NE(idA, idB);
    EXPECT_EQ(decode(0, {a.get()}).planes[0].buffer_id, idA);
    // The same memory in another vb2 buffer, by another descriptor.
    const UniqueFd again(::dup(a.get()));
    ASSERT_EQ(client_.queueCapture(1, {again.get()}), 0);
    // That was b's last place.
    const auto gone = worker_->next(DAEDALUS_MSG_BUFFER_FREE);
    ASSERT_TRUE(gone);
    EXPECT_EQ(gone->as<daedalus_buffer_free>().buffer_id, idB);
    EXPECT_EQ(decode().planes[0].buffer_id, idA);
    EXPECT_NE(decode(0, {b.get()}).planes[0].buffer_id, idB);
    EXPECT_EQ(decode(1, {a.get()}).planes[0].buffer_id, idA);
}

TEST_F(Buffers, ImportedPlanesOfTheirOwn)
{
    ASSERT_TRUE(client_.setFormat(64, 64, V4L2_PIX_FMT_YUV420M));
    ASSERT_EQ(client_.planes(), 3U);
    ASSERT_EQ(client_.allocate(kOutput, V4L2_MEMORY_MMAP, 1), 1);
    ASSERT_EQ(client_.allocate(kCapture, V4L2_MEMORY_DMABUF, 1), 1);
    ASSERT_EQ(client_.stream(kOutput, true), 0);
    ASSERT_EQ(client_.stream(kCapture, true), 0);
    ASSERT_NO_FATAL_FAILURE(takeSession());
    const UniqueFd a = makeDmaBuf(kPicture);
    const UniqueFd b = makeDmaBuf(kPicture);
    const auto request = decode(0, {a.get(), b.get(), a.get()});
    ASSERT_EQ(request.num_planes, 3U);
    EXPECT_EQ(request.planes[0].buffer_id, request.planes[2].buffer_id);
    EXPECT_NE(request.planes[0].buffer_id, request.planes[1].buffer_id);
    for (const auto &plane : request.planes) {
        EXPECT_EQ(plane.offset, 0U);
    }
    EXPECT_EQ(request.planes[0].stride, 128U);
    EXPECT_EQ(request.planes[1].stride, 64U);
    EXPECT_EQ(request.planes[1].size, 64U * 32 + DAEDALUS_TAIL_PADDING);
}

// vb2 attaches memory that planes share only once.
TEST_F(Buffers, PlaneThatClaimsMoreThanItsMemoryIsRefused)
{
    ASSERT_TRUE(client_.setFormat(64, 64, V4L2_PIX_FMT_YUV420M));
    ASSERT_EQ(client_.allocate(kCapture, V4L2_MEMORY_DMABUF, 1), 1);
    const UniqueFd small = makeDmaBuf(kPicture);
    const UniqueFd large = makeDmaBuf(kPicture * 2);
    ASSERT_TRUE(small && large);
    EXPECT_EQ(client_.queueCapture(0, {large.get(), large.get(), large.get()}, kPicture + 1), 0);
    ASSERT_EQ(client_.stream(kCapture, true), 0);
    ASSERT_EQ(client_.stream(kCapture, false), 0);
    EXPECT_EQ(client_.queueCapture(0, {small.get(), small.get(), small.get()}, kPicture + 1),
              EINVAL);
    EXPECT_EQ(client_.queueCapture(0, {small.get(), small.get(), small.get()}, kPicture), 0);
}

TEST_F(Buffers, UnusableImportsAreRefused)
{
    ASSERT_NO_FATAL_FAILURE(start(1, V4L2_MEMORY_DMABUF));
    const UniqueFd small = makeDmaBuf(4096);
    const UniqueFd readOnly = makeDmaBuf(kPicture, false);
    ASSERT_TRUE(small && readOnly);
    EXPECT_EQ(client_.queueCapture(0, {small.get()}), EINVAL);
    EXPECT_EQ(client_.queueCapture(0, {readOnly.get()}), EACCES);
    EXPECT_EQ(client_.queueCapture(0, {client_.fd()}), EINVAL);
    EXPECT_EQ(client_.queueCapture(0, {-1}), EINVAL);
    const UniqueFd good = makeDmaBuf(kPicture);
    decode(0, {good.get()});
}

TEST_F(Buffers, ImportedBitstreamMayBeReadOnly)
{
    ASSERT_TRUE(client_.setFormat(64, 64));
    ASSERT_EQ(client_.allocate(kOutput, V4L2_MEMORY_DMABUF, 1), 1);
    ASSERT_EQ(client_.allocate(kCapture, V4L2_MEMORY_MMAP, 1), 1);
    ASSERT_EQ(client_.stream(kOutput, true), 0);
    ASSERT_EQ(client_.stream(kCapture, true), 0);
    const UniqueFd bitstream = makeDmaBuf(2UL << 20, false);
    ASSERT_NO_FATAL_FAILURE(takeSession({.dmaBuf = bitstream.get()}));
    const auto message = request({.bytes = 500000, .dmaBuf = bitstream.get()});
    ASSERT_TRUE(message);
    EXPECT_EQ(message->as<daedalus_req_decode>().bitstream_size, 500000U);
}

// vb2 does not clean a buffer up that has no memory, or has lost it to a failed QBUF: what we
// allocated for its request would be lost. Only kmemleak sees that.
TEST_F(Buffers, OnesWithoutMemoryAreFreedWhole)
{
    ASSERT_TRUE(client_.setFormat(64, 64));
    ASSERT_EQ(client_.allocate(kOutput, V4L2_MEMORY_DMABUF, 2), 2);
    EXPECT_EQ(client_.submit({.dmaBuf = -1}), EINVAL);
    client_.forgetRequests();
    const UniqueFd bitstream = makeDmaBuf(2UL << 20);
    ASSERT_EQ(client_.submit({.index = 1, .dmaBuf = bitstream.get()}), 0);
    ASSERT_EQ(client_.stream(kOutput, true), 0);
    ASSERT_EQ(client_.stream(kOutput, false), 0);
    EXPECT_EQ(client_.submit({.index = 1, .dmaBuf = -1}), EINVAL);
    client_.forgetRequests();
    EXPECT_EQ(client_.allocate(kOutput, V4L2_MEMORY_DMABUF, 1), 1);
    EXPECT_EQ(client_.submit({.dmaBuf = -1}), EINVAL);
}

TEST_F(Buffers, ExportOfTheClientWorksBesideOurs)
{
    ASSERT_NO_FATAL_FAILURE(start(1));
    decode(0);
    const UniqueFd exported = client_.exportBuffer(kCapture, 0);
    ASSERT_TRUE(exported);
    const Mapping mapping(exported.get(), 4096);
    ASSERT_TRUE(mapping.valid());
    decode(0);
    client_.close();
    mapping.data()[0] = 1;
}

TEST_F(Buffers, BitstreamOffsetIsChecked)
{
    ASSERT_NO_FATAL_FAILURE(start(1));
    const auto length = client_.place(kOutput, 0)->length;
    EXPECT_EQ(client_.submit({.bytes = length, .dataOffset = 1}), EINVAL);
    EXPECT_EQ(client_.submit({.bytes = 0, .dataOffset = 64}), EINVAL);
    EXPECT_EQ(client_.submit({.bytes = length - 1, .dataOffset = 1}), 0);
}

} // namespace
} // namespace daedalus::test
