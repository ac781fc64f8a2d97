// SPDX-License-Identifier: BSD-2-Clause
//
// Who dies when: clients, brokers and workers in any order, with requests in flight.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <linux/media.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <thread>

#include "tests/kmod/module_test.h"

namespace daedalus::test {
namespace {

class Lifetime : public BrokerTest {
protected:
    static bool submitAll(Client &client)
    {
        for (std::uint32_t i = 0; i < kBuffers; ++i) {
            if (client.queueCapture(i) != 0 || client.submit({.index = i}) != 0) {
                return false;
            }
        }
        return true;
    }
};

TEST_F(Lifetime, ClosedClientEndsItsSession)
{
    Client client;
    ASSERT_TRUE(client.start(kBuffers));
    auto worker = broker_.workerOf(client);
    ASSERT_TRUE(worker);
    ASSERT_TRUE(submitAll(client));
    const auto message = worker->next();
    ASSERT_TRUE(message);
    client.close();
    expectClosed(DAEDALUS_CLOSE_CLIENT);
    EXPECT_EQ(worker->respond(message->header.cookie), ESHUTDOWN);
    EXPECT_EQ(waitFor(worker->fd(), POLLIN) & POLLHUP, POLLHUP);
    int error = 0;
    EXPECT_FALSE(worker->dmaBuf(1, nullptr, &error));
    EXPECT_EQ(error, ENOENT);
}

TEST_F(Lifetime, KilledClientEndsItsSession)
{
    std::array<int, 2> ready{};
    ASSERT_EQ(::pipe(ready.data()), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        Client client;
        const char ok = client.start(kBuffers) && submitAll(client) ? 'y' : 'n';
        if (::write(ready[1], &ok, 1) == 1) {
            ::pause();
        }
        ::_exit(1);
    }
    char ok = 0;
    ASSERT_EQ(::read(ready[0], &ok, 1), 1);
    EXPECT_EQ(ok, 'y');
    auto worker = broker_.nextWorker();
    ASSERT_TRUE(worker);
    ASSERT_TRUE(worker->next());
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    expectClosed(DAEDALUS_CLOSE_CLIENT);
    ::close(ready[0]);
    ::close(ready[1]);
}

TEST_F(Lifetime, RequestsOutliveTheVideoNode)
{
    Client client;
    ASSERT_TRUE(client.start(kBuffers));
    ASSERT_TRUE(submitAll(client));
    client.closeVideo();
    EXPECT_TRUE(client.requestComplete(0));
    client.close();
}

TEST_F(Lifetime, SessionIsTakenOnce)
{
    Client client;
    ASSERT_TRUE(client.start(kBuffers));
    ASSERT_TRUE(submitAll(client));
    const auto session = broker_.nextSession();
    ASSERT_TRUE(session);
    EXPECT_EQ(session->codec, V4L2_PIX_FMT_VP9_FRAME);
    UniqueFd first = broker_.take(session->session_id);
    EXPECT_TRUE(first);
    EXPECT_EQ(::fcntl(first.get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    EXPECT_FALSE(broker_.take(session->session_id));
    EXPECT_EQ(errno, EBUSY);
}

TEST_F(Lifetime, IdsAreNotReused)
{
    std::uint32_t last = 0;
    for (int i = 0; i < 3; ++i) {
        Client client;
        ASSERT_TRUE(client.start(1));
        ASSERT_EQ(client.queueCapture(0), 0);
        ASSERT_EQ(client.submit({}), 0);
        const auto session = broker_.nextSession();
        ASSERT_TRUE(session);
        EXPECT_GT(session->session_id, last);
        last = session->session_id;
        client.close();
        const auto closed = broker_.nextClose();
        ASSERT_TRUE(closed);
        EXPECT_EQ(closed->session_id, last);
    }
}

TEST_F(Lifetime, BlockedReaderIsWokenByTheEnd)
{
    Client client;
    ASSERT_TRUE(client.start(1));
    auto worker = broker_.workerOf(client);
    ASSERT_TRUE(worker);
    std::atomic<int> error = 0;
    std::thread reader([&] {
        std::array<char, 4096> buffer{};
        error = ::read(worker->fd(), buffer.data(), buffer.size()) < 0 ? errno : 0;
    });
    ::usleep(50000);
    client.close();
    reader.join();
    EXPECT_EQ(error, ESHUTDOWN);
}

TEST_F(Lifetime, BlockedReaderIsInterruptible)
{
    Client client;
    ASSERT_TRUE(client.start(1));
    auto worker = broker_.workerOf(client);
    ASSERT_TRUE(worker);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        std::array<char, 4096> buffer{};
        ::_exit(::read(worker->fd(), buffer.data(), buffer.size()) < 0 ? 1 : 0);
    }
    ::usleep(50000);
    ASSERT_EQ(::kill(child, SIGTERM), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
}

TEST_F(Lifetime, ModuleStaysWhileAnyFileIsOpen)
{
    const auto tryUnload = [] {
        return ::syscall(SYS_delete_module, "daedalus_v4l2", O_NONBLOCK) == 0 ? 0 : errno;
    };
    EXPECT_EQ(tryUnload(), EWOULDBLOCK);
    Client client;
    ASSERT_TRUE(client.start(1));
    auto worker = broker_.workerOf(client);
    ASSERT_TRUE(worker);
    broker_.close();
    client.close();
    EXPECT_EQ(tryUnload(), EWOULDBLOCK) << "a session file is open";
    worker->close();

    Client other;
    int request = -1;
    ASSERT_EQ(::ioctl(other.mediaFd(), MEDIA_IOC_REQUEST_ALLOC, &request), 0);
    const UniqueFd owned(request);
    other.close();
    ::usleep(100000);
    EXPECT_EQ(tryUnload(), EWOULDBLOCK) << "a media request is open";
}

// Everything at once, to be run with lockdep and KASAN.
TEST_F(Lifetime, Storm)
{
    std::atomic<bool> stop = false;
    std::thread workers([&] {
        while (!stop) {
            const auto message = readMessage(broker_.fd(), std::chrono::milliseconds(10));
            if (!message || message->header.type != DAEDALUS_MSG_SESSION_OPEN) {
                continue;
            }
            UniqueFd fd = broker_.take(message->as<daedalus_session_open>().session_id);
            if (!fd) {
                continue;
            }
            std::thread([fd = std::move(fd), &stop]() mutable {
                TestWorker worker(std::move(fd));
                for (int i = 0; i < 50 && !stop; ++i) {
                    const auto request = readMessage(worker.fd(), std::chrono::milliseconds(20));
                    if (!request) {
                        if (request.error().code() == ESHUTDOWN) {
                            break;
                        }
                        continue;
                    }
                    if (request->header.type == DAEDALUS_MSG_REQ_DECODE) {
                        worker.dmaBuf(request->as<daedalus_req_decode>().bitstream_id);
                        worker.respond(request->header.cookie, i % 7 == 6 ? EIO : 0);
                    }
                }
            }).detach();
        }
    });

    std::vector<std::thread> clients;
    for (unsigned t = 0; t < 3; ++t) {
        clients.emplace_back([t] {
            for (unsigned round = 0; round < 15; ++round) {
                Client client;
                if (!client.valid() || !client.start(kBuffers)) {
                    continue;
                }
                for (unsigned i = 0; i < 20; ++i) {
                    client.queueCapture(i % kBuffers);
                    client.submit({.index = i % kBuffers, .timestamp = i * 1000ULL});
                    client.dequeue(kOutput, std::chrono::milliseconds((i + t) % 5));
                    client.dequeue(kCapture, std::chrono::milliseconds((i + round) % 3));
                    if ((i + round + t) % 8 == 7) {
                        client.stream(i % 2 != 0 ? kOutput : kCapture, false);
                        client.stream(i % 2 != 0 ? kOutput : kCapture, true);
                    }
                }
            }
        });
    }
    for (auto &client : clients) {
        client.join();
    }
    stop = true;
    workers.join();
    ::usleep(200000);

    // And it still works.
    Client client;
    ASSERT_TRUE(client.valid() && client.start(1));
    ASSERT_EQ(client.queueCapture(0), 0);
    ASSERT_EQ(client.submit({}), 0);
    while (true) {
        const auto message = readMessage(broker_.fd());
        ASSERT_TRUE(message);
        if (message->header.type != DAEDALUS_MSG_SESSION_OPEN) {
            continue;
        }
        TestWorker worker(broker_.take(message->as<daedalus_session_open>().session_id));
        if (worker.fd() < 0) {
            continue;
        }
        const auto request = worker.next();
        ASSERT_TRUE(request);
        ASSERT_EQ(worker.respond(request->header.cookie), 0);
        EXPECT_FALSE(client.dequeue(kCapture)->error);
        break;
    }
}

} // namespace
} // namespace daedalus::test
