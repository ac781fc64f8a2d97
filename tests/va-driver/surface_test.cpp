// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/surface.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/va-driver/memory_file.h"
#include "va-driver/stream.h"

namespace daedalus::va {
namespace {

using namespace std::chrono_literals;

class SurfaceTest : public testing::Test {
protected:
    va::Surface surface{fileMemory(*gbm::FormatInfo::fromVa(VA_FOURCC_NV12), 64, 48)};
};

TEST_F(SurfaceTest, IsReadyFromTheStart)
{
    EXPECT_FALSE(surface.busy());
    EXPECT_EQ(VA_STATUS_SUCCESS, surface.wait(std::nullopt));
    EXPECT_EQ(0U, surface.reference().timestamp);
}

TEST_F(SurfaceTest, WaitsForTheDecode)
{
    surface.decodeSubmitted(1000, false, false);
    EXPECT_TRUE(surface.busy());
    EXPECT_EQ(VA_STATUS_ERROR_TIMEDOUT, surface.wait(0ns));
    EXPECT_EQ(VA_STATUS_ERROR_TIMEDOUT, surface.wait(1ms));
    std::thread decoder([this] {
        std::this_thread::sleep_for(20ms);
        surface.decodeFinished({});
    });
    EXPECT_EQ(VA_STATUS_SUCCESS, surface.wait(std::nullopt));
    EXPECT_FALSE(surface.busy());
    decoder.join();
    EXPECT_EQ(1000U, surface.reference().timestamp);
}

TEST_F(SurfaceTest, TellsAnErrorOnce)
{
    surface.decodeSubmitted(1000, false, false);
    surface.decodeFinished({EIO, 0});
    surface.waitIdle();
    EXPECT_EQ(1, surface.decodeErrors()[0].status);
    EXPECT_EQ(-1, surface.decodeErrors()[1].status);
    EXPECT_EQ(VA_STATUS_ERROR_DECODING_ERROR, surface.wait(std::nullopt));
    EXPECT_EQ(VA_STATUS_SUCCESS, surface.wait(std::nullopt));
}

TEST_F(SurfaceTest, NextPictureForgetsAnErrorThatNobodyAskedFor)
{
    surface.decodeSubmitted(1000, false, false);
    surface.decodeFinished({EIO, 0});
    surface.decodeSubmitted(2000, false, false);
    surface.decodeFinished({});
    EXPECT_EQ(VA_STATUS_SUCCESS, surface.wait(std::nullopt));
    EXPECT_EQ(-1, surface.decodeErrors()[0].status);
}

TEST_F(SurfaceTest, SecondFieldKeepsTheFirstOnesError)
{
    surface.decodeSubmitted(1000, false, true);
    surface.decodeFinished({EIO, 0});
    surface.decodeSubmitted(1000, true, true);
    EXPECT_EQ(VA_STATUS_ERROR_TIMEDOUT, surface.wait(0ns));
    surface.decodeFinished({});
    EXPECT_EQ(VA_STATUS_ERROR_DECODING_ERROR, surface.wait(std::nullopt));
    EXPECT_TRUE(surface.reference().fieldPicture);
}

TEST_F(SurfaceTest, WaitsForBothOfTwoDecodes)
{
    surface.decodeSubmitted(1000, false, false);
    surface.decodeSubmitted(2000, false, false);
    surface.decodeFinished({});
    EXPECT_TRUE(surface.busy());
    EXPECT_EQ(VA_STATUS_ERROR_TIMEDOUT, surface.wait(1ms));
    surface.decodeFinished({});
    EXPECT_EQ(VA_STATUS_SUCCESS, surface.wait(1ms));
}

/// Decodes on the threads that call decodeUntil(), and on no other.
class CallerDrivenContext : public va::BackendContext {
public:
    explicit CallerDrivenContext(std::function<void()> decode) : decode_(std::move(decode)) {}
    void submit(va::DecodeJob /*job*/) override {}
    bool decodeUntil(const std::function<bool()> &done, Deadline deadline) override
    {
        while (!done() && !deadline) {
            decode_();
        }
        return true;
    }

private:
    std::function<void()> decode_;
};

std::shared_ptr<va::Stream> callerDrivenStream(std::function<void()> decode)
{
    return std::make_shared<va::Stream>(va::codecTable().front(),
                                        std::make_unique<CallerDrivenContext>(std::move(decode)));
}

TEST_F(SurfaceTest, WhoWaitsHelpsWhatDecodes)
{
    std::shared_ptr<va::Stream> stream;
    stream = callerDrivenStream([&] { surface.decodeFinished({}, stream.get()); });
    surface.decodeSubmitted(1000, false, false, stream);
    EXPECT_TRUE(surface.poll());
    EXPECT_EQ(VA_STATUS_ERROR_TIMEDOUT, surface.wait(1ms));
    EXPECT_EQ(VA_STATUS_SUCCESS, surface.wait(std::nullopt));
    EXPECT_FALSE(surface.poll());
    EXPECT_EQ(stream, surface.stream());
    surface.dropStream();
}

TEST_F(SurfaceTest, WhoWaitsHelpsEveryStreamThatDecodesIntoIt)
{
    std::shared_ptr<va::Stream> first;
    std::shared_ptr<va::Stream> second;
    first = callerDrivenStream([&] { surface.decodeFinished({}, first.get()); });
    second = callerDrivenStream([&] { surface.decodeFinished({EIO, 0}, second.get()); });
    surface.decodeSubmitted(1000, false, false, first);
    surface.decodeSubmitted(2000, false, false, second);
    EXPECT_EQ(VA_STATUS_ERROR_DECODING_ERROR, surface.wait(std::nullopt));
    EXPECT_EQ(second, surface.stream());
    surface.dropStream();
}

} // namespace
} // namespace daedalus::va
