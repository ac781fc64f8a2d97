// SPDX-License-Identifier: BSD-2-Clause
//
// The daemon against the kernel module. Needs the module and no daemon:
//
//   tools/guest --no-daemon -- build/release/tests/daemon/daemon-guest-test
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "tests/daemon/guest/daemon_process.h"
#include "tests/daemon/guest/key_frame_client.h"
#include "tests/support/eventually.h"
#include "tests/support/processes.h"

namespace daedalus::test {
namespace {

using namespace std::chrono_literals;
using Outcome = KeyFrameClient::Outcome;

/// What the module may take to give up a worker (its timeout_ms), and then some.
constexpr auto kGiveUp = 4s;

/// A service manager's end of sd_notify(3).
class NotifySocket {
public:
    NotifySocket()
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::copy(path_.begin(), path_.end(), address.sun_path);
        if (::bind(socket_.get(), reinterpret_cast<const sockaddr *>(&address), sizeof(address)) !=
            0) {
            std::perror("bind");
        }
    }
    NotifySocket(const NotifySocket &) = delete;
    NotifySocket &operator=(const NotifySocket &) = delete;
    ~NotifySocket() { ::unlink(path_.c_str()); }

    /// What NOTIFY_SOCKET has to be.
    [[nodiscard]] const std::string &path() const { return path_; }

    /// Waits for the message @p text; others before it are dropped.
    bool hears(std::string_view text, std::chrono::milliseconds limit = 5s)
    {
        using Clock = std::chrono::steady_clock;
        const auto end = Clock::now() + limit;
        for (auto now = Clock::now(); now < end; now = Clock::now()) {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - now);
            pollfd file{.fd = socket_.get(), .events = POLLIN, .revents = 0};
            if (::poll(&file, 1, static_cast<int>(left.count())) == 1 && read() == text) {
                return true;
            }
        }
        return false;
    }

    /// Drops what has come.
    void forgetAll()
    {
        while (!read().empty()) {
        }
    }

private:
    /// The next message; empty where there is none.
    std::string read()
    {
        std::array<char, 256> message{};
        const ssize_t length = ::read(socket_.get(), message.data(), message.size());
        return {message.data(), static_cast<size_t>(std::max<ssize_t>(length, 0))};
    }

    std::string path_ = "/tmp/daemon-test-notify-" + std::to_string(::getpid());
    UniqueFd socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
};

class DaemonGuestTest : public ::testing::Test {
protected:
    void startDaemon(const std::vector<std::string> &arguments = {})
    {
        daemon_.emplace(arguments);
        ASSERT_TRUE(daemon_->waitReady()) << daemon_->log();
    }

    static std::unique_ptr<KeyFrameClient> openClient(const KeyFrameClient::Settings &settings = {})
    {
        auto client = KeyFrameClient::open(settings);
        EXPECT_TRUE(client) << client.error().what();
        return client ? std::move(*client) : nullptr;
    }

    static void expectOutcome(const Result<Outcome> &outcome, Outcome expected)
    {
        ASSERT_TRUE(outcome) << outcome.error().what();
        EXPECT_EQ(*outcome, expected);
    }

    static void expectDecoded(KeyFrameClient &client)
    {
        expectOutcome(client.decode(), Outcome::Decoded);
    }

    /// Starts the daemon and a client, which has decoded and so has worker_.
    void startWithClient()
    {
        ASSERT_NO_FATAL_FAILURE(startDaemon());
        client_ = openClient();
        ASSERT_TRUE(client_);
        expectDecoded(*client_);
        worker_ = daemon_->busyWorkers().at(0);
    }

    /// The daemon ends in time, with that status.
    static void expectEnd(DaemonProcess &daemon, int expected,
                          std::chrono::milliseconds limit = 10s)
    {
        const auto status = daemon.waitEnd(limit);
        ASSERT_TRUE(status);
        EXPECT_TRUE(WIFEXITED(*status) && WEXITSTATUS(*status) == expected) << daemon.log();
    }

    /// Requests may fail until there is a worker again, but each has to end.
    static bool recovers(KeyFrameClient &client)
    {
        return eventually(
            [&client] {
                const auto outcome = client.decode();
                EXPECT_TRUE(outcome) << outcome.error().what();
                return !outcome || *outcome == Outcome::Decoded;
            },
            kGiveUp);
    }

    std::optional<DaemonProcess> daemon_;
    std::unique_ptr<KeyFrameClient> client_;
    pid_t worker_ = -1;
};

TEST_F(DaemonGuestTest, StartsAndEnds)
{
    startDaemon();
    ASSERT_TRUE(eventually([this] { return daemon_->workers().size() == 1; }));
    const auto workers = daemon_->workers();
    daemon_->signal(SIGTERM);
    ASSERT_NO_FATAL_FAILURE(expectEnd(*daemon_, 0, 2s));
    EXPECT_FALSE(std::filesystem::exists(daemon_->readyFile()));
    EXPECT_FALSE(isAlive(workers[0]));
}

TEST_F(DaemonGuestTest, EndsWithSessionsAndStoppedWorkers)
{
    startDaemon();
    const auto first = openClient();
    const auto second = openClient();
    ASSERT_TRUE(first && second);
    expectDecoded(*first);
    expectDecoded(*second);
    ASSERT_TRUE(eventually([this] { return daemon_->workers().size() == 3; }));
    const auto workers = daemon_->workers();
    ASSERT_EQ(::kill(workers[0], SIGSTOP), 0);
    daemon_->signal(SIGINT);
    ASSERT_NO_FATAL_FAILURE(expectEnd(*daemon_, 0, 4s));
    for (const pid_t worker : workers) {
        EXPECT_FALSE(isAlive(worker));
    }
}

TEST_F(DaemonGuestTest, ASecondDaemonIsRefused)
{
    startDaemon();
    DaemonProcess second;
    ASSERT_NO_FATAL_FAILURE(expectEnd(second, 1));
    EXPECT_NE(second.log().find("another daemon runs"), std::string::npos) << second.log();
    EXPECT_FALSE(std::filesystem::exists(second.readyFile()));
}

TEST_F(DaemonGuestTest, ADaemonWithoutDeviceSaysWhatToDo)
{
    DaemonProcess daemon({"--device", "/dev/no-such-device"});
    ASSERT_NO_FATAL_FAILURE(expectEnd(daemon, 1));
    EXPECT_NE(daemon.log().find("load the daedalus_v4l2 module"), std::string::npos)
        << daemon.log();
}

TEST_F(DaemonGuestTest, WaitsForTheDeviceWhereWanted)
{
    const std::string path = "/tmp/daemon-test-device-" + std::to_string(::getpid());
    DaemonProcess daemon({"--wait", "--device", path});
    const auto waits = [](const DaemonProcess &process) {
        return eventually([&] { return process.log().find("waiting for") != std::string::npos; });
    };
    ASSERT_TRUE(waits(daemon)) << daemon.log();
    std::filesystem::create_symlink("/dev/daedalus-v4l2", path);
    EXPECT_TRUE(daemon.waitReady()) << daemon.log();
    std::filesystem::remove(path);

    DaemonProcess other({"--wait", "--device", path});
    ASSERT_TRUE(waits(other)) << other.log();
    other.signal(SIGTERM);
    ASSERT_NO_FATAL_FAILURE(expectEnd(other, 0, 2s));
}

TEST_F(DaemonGuestTest, TellsTheServiceManagerHowItIs)
{
    NotifySocket manager;
    ASSERT_EQ(::setenv("NOTIFY_SOCKET", manager.path().c_str(), 1), 0);
    ASSERT_EQ(::setenv("WATCHDOG_USEC", "200000", 1), 0);
    startDaemon();
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
    EXPECT_TRUE(manager.hears("READY=1"));
    EXPECT_TRUE(manager.hears("STATUS=0 sessions"));
    EXPECT_TRUE(manager.hears("WATCHDOG=1"));
    {
        const auto client = openClient();
        ASSERT_TRUE(client);
        expectDecoded(*client);
        EXPECT_TRUE(manager.hears("STATUS=1 session"));
        EXPECT_TRUE(manager.hears("WATCHDOG=1"));
    }
    EXPECT_TRUE(manager.hears("STATUS=0 sessions"));
    // A daemon that hangs feeds no watchdog.
    daemon_->signal(SIGSTOP);
    manager.forgetAll();
    EXPECT_FALSE(manager.hears("WATCHDOG=1", 500ms));
    daemon_->signal(SIGCONT);
    EXPECT_TRUE(manager.hears("WATCHDOG=1"));
    daemon_->signal(SIGTERM);
    EXPECT_TRUE(manager.hears("STOPPING=1"));
}

TEST_F(DaemonGuestTest, EachSessionHasItsWorker)
{
    startDaemon({"--spare-workers", "2"});
    std::vector<std::unique_ptr<KeyFrameClient>> clients;
    for (size_t i = 1; i <= 4; ++i) {
        clients.push_back(openClient());
        ASSERT_TRUE(clients.back());
        expectDecoded(*clients.back());
        EXPECT_EQ(daemon_->busyWorkers().size(), i);
    }
    EXPECT_TRUE(eventually([this] { return daemon_->workers().size() == 6; }));
    for (const auto &client : clients) {
        expectDecoded(*client);
    }
    clients.clear();
    EXPECT_TRUE(eventually([this] { return daemon_->workers().size() == 2; })) << daemon_->log();
    EXPECT_EQ(daemon_->log().find(" error: "), std::string::npos) << daemon_->log();
}

TEST_F(DaemonGuestTest, DecodesIntoImportedBuffers)
{
    startDaemon();
    const auto client = openClient({.captureMemory = v4l2::V4l2Memory::DmaBuf});
    ASSERT_TRUE(client);
    for (int i = 0; i < 10; ++i) {
        expectDecoded(*client);
    }
}

TEST_F(DaemonGuestTest, AKilledWorkerTakesItsSessionOnly)
{
    ASSERT_NO_FATAL_FAILURE(startWithClient());
    const auto other = openClient();
    ASSERT_TRUE(other);
    expectDecoded(*other);

    ASSERT_EQ(::kill(worker_, SIGSEGV), 0);
    EXPECT_TRUE(recovers(*client_)) << daemon_->log();
    expectDecoded(*other);
    EXPECT_NE(daemon_->log().find("killed by SIGSEGV"), std::string::npos) << daemon_->log();
}

TEST_F(DaemonGuestTest, ARequestInFlightEndsWhenItsWorkerIsKilled)
{
    ASSERT_NO_FATAL_FAILURE(startWithClient());
    ASSERT_EQ(::kill(worker_, SIGSTOP), 0);
    ASSERT_TRUE(client_->submit(0));
    ASSERT_TRUE(client_->submit(1));
    ASSERT_EQ(::kill(worker_, SIGKILL), 0);
    for (const unsigned index : {0U, 1U}) {
        expectOutcome(client_->finish(index, 1s), Outcome::Failed);
    }
    EXPECT_TRUE(recovers(*client_)) << daemon_->log();
}

TEST_F(DaemonGuestTest, AStoppedWorkerIsGivenUpAndKilled)
{
    ASSERT_NO_FATAL_FAILURE(startWithClient());
    ASSERT_EQ(::kill(worker_, SIGSTOP), 0);
    ASSERT_TRUE(client_->submit());
    expectOutcome(client_->finish(0, kGiveUp), Outcome::Failed);
    EXPECT_TRUE(eventually([this] { return !isAlive(worker_); }, 1s)) << daemon_->log();
    EXPECT_TRUE(recovers(*client_)) << daemon_->log();
}

TEST_F(DaemonGuestTest, AStoppedWorkerThatGoesOnInTimeLosesNothing)
{
    ASSERT_NO_FATAL_FAILURE(startWithClient());
    ASSERT_EQ(::kill(worker_, SIGSTOP), 0);
    ASSERT_TRUE(client_->submit());
    EXPECT_FALSE(client_->finish(0, 300ms));
    ASSERT_EQ(::kill(worker_, SIGCONT), 0);
    expectOutcome(client_->finish(), Outcome::Decoded);
}

TEST_F(DaemonGuestTest, WorkersDieWithTheBrokerAndSessionsGoOnWithTheNext)
{
    ASSERT_NO_FATAL_FAILURE(startWithClient());
    ASSERT_TRUE(eventually([this] { return daemon_->workers().size() == 2; }));
    const auto workers = daemon_->workers();
    daemon_->signal(SIGKILL);
    ASSERT_TRUE(daemon_->waitEnd());
    for (const pid_t worker : workers) {
        EXPECT_TRUE(eventually([worker] { return !isAlive(worker); }, 1s));
    }
    expectOutcome(client_->decode(), Outcome::Failed);
    daemon_.reset();
    startDaemon();
    EXPECT_TRUE(recovers(*client_)) << daemon_->log();
}

TEST_F(DaemonGuestTest, RunningSessionsDoNotNeedTheBroker)
{
    ASSERT_NO_FATAL_FAILURE(startWithClient());
    daemon_->signal(SIGSTOP);
    for (int i = 0; i < 10; ++i) {
        expectDecoded(*client_);
    }
    // A session that begins now gets an answer, too.
    const auto late = openClient();
    ASSERT_TRUE(late);
    ASSERT_TRUE(late->submit());
    expectOutcome(late->finish(0, kGiveUp), Outcome::Failed);
    daemon_->signal(SIGCONT);
    EXPECT_TRUE(recovers(*late)) << daemon_->log();
    expectDecoded(*client_);
}

TEST_F(DaemonGuestTest, NothingIsLeftOf500Sessions)
{
    startDaemon();
    const auto serve = [this](int count) {
        for (int i = 0; i < count; ++i) {
            const auto client = openClient();
            ASSERT_TRUE(client);
            expectDecoded(*client);
        }
        ASSERT_TRUE(eventually([this] { return daemon_->isIdle(); })) << daemon_->log();
    };
    serve(20);
    const size_t files = openFiles(std::to_string(daemon_->pid()));
    const size_t memory = privateMemoryOf(daemon_->pid());
    serve(500);
    // A spare worker that is on its way has files already.
    EXPECT_TRUE(eventually([&] { return openFiles(std::to_string(daemon_->pid())) == files; }))
        << openFiles(std::to_string(daemon_->pid())) << " and not " << files;
    const size_t now = privateMemoryOf(daemon_->pid());
    RecordProperty("broker_files", static_cast<int>(files));
    RecordProperty("broker_memory_kib", static_cast<int>(now));
    EXPECT_LE(now, memory + 64) << "KiB";
    EXPECT_EQ(daemon_->log().find(" error: "), std::string::npos) << daemon_->log();
}

TEST_F(DaemonGuestTest, AWorkerDoesNotGrow)
{
    startDaemon({"--threads", "1"});
    const auto client = openClient({.captureMemory = v4l2::V4l2Memory::DmaBuf});
    ASSERT_TRUE(client);
    const auto decode = [&client](int frames, int restarts) {
        for (int r = 0; r < restarts; ++r) {
            for (int i = 0; i < frames; ++i) {
                expectDecoded(*client);
            }
            // New CAPTURE buffers: the worker has to let go of the old ones.
            ASSERT_TRUE(client->restart());
        }
        expectDecoded(*client);
    };
    decode(20, 3);
    const auto workers = daemon_->busyWorkers();
    ASSERT_EQ(workers.size(), 1U);
    const size_t files = openFiles(std::to_string(workers[0]));
    const size_t memory = privateMemoryOf(workers[0]);
    decode(50, 40);
    EXPECT_EQ(daemon_->busyWorkers(), workers);
    EXPECT_LE(openFiles(std::to_string(workers[0])), files + 2);
    EXPECT_LE(privateMemoryOf(workers[0]), memory + 256) << "KiB";
}

} // namespace
} // namespace daedalus::test
