// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/buffer_table.h"

#include <gtest/gtest.h>

#include "tests/daemon/test_support.h"
#include "tests/support/processes.h"

namespace daedalus::test {
namespace {

class BufferTableTest : public ::testing::Test {
protected:
    BufferTableTest()
        : table_([this](uint32_t id) -> Result<daemon::SessionBuffer> {
              ++fetches_;
              const auto it = buffers_.find(id);
              if (it == buffers_.end()) {
                  return fail(ENOENT, "no such buffer");
              }
              return daemon::SessionBuffer{.fd = test::duplicate(it->second.first),
                                           .size = it->second.second};
          })
    {}

    void addBuffer(uint32_t id, size_t size) { buffers_[id] = {test::memoryFile(size), size}; }

    Result<std::shared_ptr<const gbm::FrameBuffer>> frame(const daedalus_req_decode &request)
    {
        return table_.frame(*gbm::FormatInfo::fromV4l2(request.pixelformat), request.width,
                            request.height, std::span(request.planes).first(request.num_planes));
    }

    int frameError(const daedalus_req_decode &request)
    {
        const auto result = frame(request);
        return result ? 0 : result.error().code();
    }

    /// As frameError(), of the valid request with a change.
    int frameErrorWith(void (*change)(daedalus_req_decode &))
    {
        auto request = test::validRequest();
        change(request);
        return frameError(request);
    }

    std::map<uint32_t, std::pair<UniqueFd, uint64_t>> buffers_;
    int fetches_ = 0;
    daemon::BufferTable table_;
};

TEST_F(BufferTableTest, MapsEachBufferOnce)
{
    addBuffer(1, test::kPictureBytes);
    addBuffer(7, test::kBitstreamBytes);
    const auto request = test::validRequest();
    const auto first = frame(request);
    ASSERT_TRUE(first) << first.error().what();
    const auto bits = table_.range(7, 0, 100);
    ASSERT_TRUE(bits);
    const int fetches = fetches_;
    EXPECT_EQ(fetches, 2);
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(frame(request)->get(), first->get());
        EXPECT_EQ(table_.range(7, 8, 100)->mapping, bits->mapping);
    }
    EXPECT_EQ(fetches_, fetches);
    EXPECT_EQ(table_.bufferCount(), 2U);
    EXPECT_EQ(table_.frameCount(), 1U);
}

TEST_F(BufferTableTest, WritesReachTheBuffer)
{
    addBuffer(1, test::kPictureBytes);
    const auto picture = frame(test::validRequest());
    ASSERT_TRUE(picture);
    (*picture)->data(1)[5] = 0x77;
    uint8_t seen = 0;
    ASSERT_EQ(::pread(buffers_[1].first.get(), &seen, 1, 8192 + 5), 1);
    EXPECT_EQ(seen, 0x77);
}

TEST_F(BufferTableTest, PlanesMayLieInSeveralBuffers)
{
    addBuffer(1, 8192);
    addBuffer(2, 4096);
    auto request = test::validRequest();
    request.pixelformat = V4L2_PIX_FMT_NV12M;
    request.planes[1].buffer_id = 2;
    request.planes[1].offset = 0;
    ASSERT_TRUE(frame(request));
    EXPECT_EQ(table_.bufferCount(), 2U);
}

TEST_F(BufferTableTest, ForgetDropsBufferAndPictures)
{
    addBuffer(1, test::kPictureBytes);
    const size_t filesBefore = test::openFiles();
    auto picture = frame(test::validRequest());
    ASSERT_TRUE(picture);
    table_.forget(1);
    EXPECT_EQ(table_.bufferCount(), 0U);
    EXPECT_EQ(table_.frameCount(), 0U);
    // A decoder that still holds the picture can go on reading it.
    (*picture)->data(0)[0] = 1;
    picture->reset();
    EXPECT_EQ(test::openFiles(), filesBefore);
    table_.forget(1);
    table_.forget(12345);
    EXPECT_TRUE(frame(test::validRequest()));
}

TEST_F(BufferTableTest, ABufferMayCarryBitstreamAndPicture)
{
    addBuffer(1, test::kPictureBytes);
    ASSERT_TRUE(table_.range(1, 0, 10));
    const auto picture = frame(test::validRequest());
    ASSERT_TRUE(picture);
    (*picture)->data(0)[0] = 9;
    EXPECT_EQ(table_.range(1, 0, 1)->bytes[0], 9);
    EXPECT_EQ(table_.bufferCount(), 1U);
}

TEST_F(BufferTableTest, RejectsRangesOutsideTheBuffer)
{
    addBuffer(7, 4096);
    EXPECT_TRUE(table_.range(7, 0, 4096));
    EXPECT_TRUE(table_.range(7, 4095, 1));
    for (const auto &[offset, size] : std::vector<std::pair<uint32_t, uint32_t>>{
             {0, 4097}, {1, 4096}, {4097, 0}, {0xffffffff, 1}, {1, 0xffffffff}, {4096, 1}}) {
        const auto range = table_.range(7, offset, size);
        ASSERT_FALSE(range) << offset << "+" << size;
        EXPECT_EQ(range.error().code(), EINVAL);
    }
}

TEST_F(BufferTableTest, RejectsPlanesOutsideTheirBuffer)
{
    addBuffer(1, test::kPictureBytes);
    EXPECT_EQ(frameErrorWith([](auto &request) { request.planes[1].size = 4097; }), EINVAL);
    EXPECT_EQ(frameErrorWith([](auto &request) { request.planes[1].offset = 8193; }), EINVAL);
    EXPECT_EQ(frameErrorWith([](auto &request) { request.planes[0].offset = 0xffffff00; }), EINVAL);
    EXPECT_EQ(frameErrorWith([](auto &request) {
                  request.planes[0].offset = 0xfffff000;
                  request.planes[0].size = 0x00002000;
              }),
              EINVAL);
    EXPECT_EQ(table_.frameCount(), 0U);
}

TEST_F(BufferTableTest, RejectsPicturesThatTheirPlanesDoNotHold)
{
    addBuffer(1, test::kPictureBytes);
    EXPECT_EQ(frameErrorWith([](auto &request) { request.planes[0].stride = 63; }), EINVAL);
    EXPECT_EQ(frameErrorWith([](auto &request) { request.planes[0].stride = 0xffffffff; }), EINVAL);
    EXPECT_EQ(frameErrorWith([](auto &request) { request.planes[0].stride = 0; }), EINVAL);
    EXPECT_EQ(frameErrorWith([](auto &request) { request.planes[0].size = 0; }), EINVAL);
    EXPECT_EQ(frameErrorWith([](auto &request) { request.height = 16384; }), EINVAL);
    EXPECT_EQ(frameError(test::validRequest()), 0);
}

TEST_F(BufferTableTest, AnUnknownBufferIsNotKept)
{
    EXPECT_EQ(frameError(test::validRequest()), ENOENT);
    EXPECT_EQ(table_.bufferCount(), 0U);
    addBuffer(1, test::kPictureBytes);
    EXPECT_EQ(frameError(test::validRequest()), 0);
}

TEST_F(BufferTableTest, ABufferThatIsSmallerThanItsSizeIsNotMapped)
{
    addBuffer(1, 4096);
    buffers_[1].second = test::kPictureBytes;
    EXPECT_EQ(frameError(test::validRequest()), EINVAL);
    buffers_[1].second = 0;
    EXPECT_EQ(frameError(test::validRequest()), EINVAL);
}

TEST_F(BufferTableTest, EverNewDescriptionsDoNotPileUp)
{
    addBuffer(1, 1 << 20);
    auto request = test::validRequest();
    for (uint32_t i = 0; i < 5000; ++i) {
        request.planes[1].offset = 8192 + i;
        ASSERT_EQ(frameError(request), 0);
    }
    EXPECT_LE(table_.frameCount(), 512U);
    EXPECT_EQ(table_.bufferCount(), 1U);
    EXPECT_EQ(fetches_, 1);
}

} // namespace
} // namespace daedalus::test
