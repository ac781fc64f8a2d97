// SPDX-License-Identifier: BSD-2-Clause
//
// What one client can have of what all share.
#include <gtest/gtest.h>

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/kmod/module_test.h"
#include "tests/kmod/parameter.h"

namespace daedalus::test {
namespace {

constexpr std::chrono::milliseconds kShort{50};
/// Less than the time that a session without a worker has.
constexpr std::chrono::milliseconds kAtOnce{1200};

class Limits : public SessionTest {
protected:
    /// CREATE_BUFS of the format of now, with buffers of @p size if that is not 0.
    /// @returns the errno, or 0; @p created takes how many there are then
    static int create(Client &client, std::uint32_t type, std::uint32_t count, std::uint32_t size,
                      std::uint32_t *created = nullptr)
    {
        v4l2_create_buffers request{};
        request.count = count;
        request.memory = V4L2_MEMORY_MMAP;
        request.format.type = type;
        EXPECT_EQ(::ioctl(client.fd(), VIDIOC_G_FMT, &request.format), 0);
        if (size != 0) {
            request.format.fmt.pix_mp.plane_fmt[0].sizeimage = size;
        }
        const int error = ::ioctl(client.fd(), VIDIOC_CREATE_BUFS, &request) == 0 ? 0 : errno;
        if (created != nullptr) {
            *created = error == 0 ? request.count : 0;
        }
        return error;
    }

    static bool request(Client &client)
    {
        return client.valid() && client.start(1) && client.queueCapture(0) == 0 &&
               client.submit({}) == 0;
    }
};

TEST_F(Limits, NoFormatIsLargerThanTheLargestPicture)
{
    ASSERT_TRUE(client_.setFormat(64, 64));
    v4l2_format format{};
    format.type = kCapture;
    format.fmt.pix_mp.pixelformat = V4L2_PIX_FMT_NV12;
    format.fmt.pix_mp.width = 8192;
    format.fmt.pix_mp.height = 16384;
    format.fmt.pix_mp.num_planes = 1;
    format.fmt.pix_mp.plane_fmt[0].bytesperline = 32768;
    ASSERT_EQ(::ioctl(client_.fd(), VIDIOC_S_FMT, &format), 0);
    EXPECT_LE(format.fmt.pix_mp.plane_fmt[0].sizeimage,
              8192U * 8192 / 2 * 3 + DAEDALUS_TAIL_PADDING);
    // Nor can buffers be.
    EXPECT_EQ(create(client_, kCapture, 1, 0xfffff000), EINVAL);
    EXPECT_EQ(create(client_, kOutput, 1, 0xfffff000), EINVAL);
    EXPECT_EQ(create(client_, kOutput, 1, 200U << 20), EINVAL) << "a bitstream of 64x64";
}

TEST_F(Limits, MemoryOfAContextIsBounded)
{
    const Parameter limit("context_mib", 8);
    ASSERT_TRUE(client_.setFormat(8192, 4096));
    EXPECT_EQ(client_.allocate(kCapture, V4L2_MEMORY_MMAP, 1), -1);
    EXPECT_EQ(errno, ENOMEM);
    ASSERT_TRUE(client_.setFormat(1280, 720)); // 1.4 MiB
    const int first = client_.allocate(kCapture, V4L2_MEMORY_MMAP, 32);
    EXPECT_GE(first, 4);
    EXPECT_LE(first, 6);
    EXPECT_EQ(create(client_, kCapture, 4, 0), ENOMEM);
    EXPECT_EQ(client_.allocate(kOutput, V4L2_MEMORY_MMAP, 1), -1);
    EXPECT_EQ(errno, ENOMEM);
    // It is this file's limit.
    Client other;
    ASSERT_TRUE(other.setFormat(1280, 720));
    EXPECT_EQ(other.allocate(kCapture, V4L2_MEMORY_MMAP, 2), 2);
    // What is freed can be had again, and what the client brings is not counted.
    ASSERT_EQ(client_.allocate(kCapture, V4L2_MEMORY_DMABUF, 32), 32);
    EXPECT_GE(client_.allocate(kOutput, V4L2_MEMORY_MMAP, 2), 1);
}

TEST_F(Limits, MemoryOfAllIsBounded)
{
    const Parameter limit("device_mib", 16);
    std::vector<Client> clients(4);
    int buffers = 0;
    for (Client &client : clients) {
        ASSERT_TRUE(client.setFormat(1280, 720));
        std::uint32_t created = 0;
        create(client, kCapture, 5, 0, &created);
        buffers += static_cast<int>(created);
    }
    EXPECT_GE(buffers, 9);
    EXPECT_LE(buffers, 12);
    clients.clear();
    ASSERT_TRUE(client_.setFormat(1280, 720));
    EXPECT_EQ(client_.allocate(kCapture, V4L2_MEMORY_MMAP, 5), 5);
}

TEST_F(Limits, StreamonAloneTakesNoWorker)
{
    ASSERT_TRUE(client_.start(1));
    EXPECT_FALSE(readMessage(broker_.fd(), kShort));
    ASSERT_EQ(client_.submit({}), 0);
    EXPECT_FALSE(readMessage(broker_.fd(), kShort)) << "there is no picture buffer";
    ASSERT_EQ(client_.queueCapture(0), 0);
    EXPECT_TRUE(broker_.nextSession());
}

/// Another user, who may open the nodes, for as long as this lives.
class OtherUser {
public:
    explicit OtherUser(uid_t uid)
    {
        for (const char *prefix : {"/dev/video", "/dev/media"}) {
            for (int i = 0; i < 64; ++i) {
                static_cast<void>(::chmod((prefix + std::to_string(i)).c_str(), 0666));
            }
        }
        become_ = ::seteuid(uid) == 0;
    }
    ~OtherUser() { static_cast<void>(::seteuid(0)); }
    OtherUser(const OtherUser &) = delete;
    OtherUser &operator=(const OtherUser &) = delete;
    [[nodiscard]] bool valid() const { return become_; }

private:
    bool become_ = false;
};

TEST_F(Limits, UserWithManySessionsIsNoOneElsesTrouble)
{
    const Parameter limit("user_sessions", 20);
    std::vector<std::unique_ptr<Client>> greedy;
    {
        const OtherUser user(4711);
        ASSERT_TRUE(user.valid());
        for (int i = 0; i < 24; ++i) {
            greedy.push_back(std::make_unique<Client>());
            ASSERT_TRUE(request(*greedy.back()));
        }
    }
    // Those that are too many fail at once.
    for (int i = 0; i < 24; ++i) {
        const auto done = greedy[i]->dequeue(kCapture, std::chrono::milliseconds(i < 20 ? 0 : 500));
        EXPECT_EQ(done && done->error, i >= 20) << i;
    }
    // Whoever comes after that is second in line.
    ASSERT_TRUE(request(client_));
    std::vector<TestWorker> workers;
    for (int i = 0; i < 2; ++i) {
        auto worker = broker_.nextWorker();
        ASSERT_TRUE(worker);
        workers.push_back(std::move(*worker));
    }
    const auto message = workers[1].next();
    ASSERT_TRUE(message);
    ASSERT_EQ(workers[1].respond(message->header.cookie), 0);
    const auto picture = client_.dequeue(kCapture);
    ASSERT_TRUE(picture);
    EXPECT_FALSE(picture->error);
}

TEST_F(Limits, EndedSessionsCountUntilTheirWorkerIsGone)
{
    const Parameter limit("max_sessions", 1);
    auto first = std::make_unique<Client>();
    ASSERT_TRUE(request(*first));
    auto worker = broker_.nextWorker();
    ASSERT_TRUE(worker);
    first.reset();
    ASSERT_TRUE(broker_.nextClose());
    ASSERT_TRUE(request(client_));
    const auto refused = client_.dequeue(kCapture, kAtOnce);
    ASSERT_TRUE(refused && client_.dequeue(kOutput));
    EXPECT_TRUE(refused->error);
    worker->close();
    ::usleep(100000);
    ASSERT_EQ(client_.queueCapture(0), 0);
    ASSERT_EQ(client_.submit({}), 0);
    EXPECT_TRUE(broker_.nextWorker());
}

TEST_F(Limits, StreamThatEndsItsWorkersHasToWait)
{
    ASSERT_TRUE(client_.start(1));
    const auto submit = [this] {
        EXPECT_EQ(client_.queueCapture(0), 0);
        EXPECT_EQ(client_.submit({}), 0);
    };
    const auto failed = [this] {
        const auto picture = client_.dequeue(kCapture, kAtOnce);
        return picture && client_.dequeue(kOutput) && picture->error;
    };
    for (int i = 0; i < 4; ++i) {
        submit();
        auto worker = broker_.nextWorker();
        ASSERT_TRUE(worker) << i;
        worker->close();
        ASSERT_TRUE(failed());
        ASSERT_TRUE(broker_.nextClose());
    }
    submit();
    EXPECT_TRUE(failed());
    EXPECT_FALSE(readMessage(broker_.fd(), kShort));
    // Not for ever, and a picture makes up for all of it.
    ::usleep(300000);
    submit();
    auto worker = broker_.nextWorker();
    ASSERT_TRUE(worker);
    const auto message = worker->next();
    ASSERT_TRUE(message);
    ASSERT_EQ(worker->respond(message->header.cookie), 0);
    EXPECT_FALSE(failed());
    worker->close();
    ASSERT_TRUE(broker_.nextClose());
    submit();
    EXPECT_TRUE(broker_.nextWorker());
}

} // namespace
} // namespace daedalus::test
