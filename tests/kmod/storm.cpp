// SPDX-License-Identifier: BSD-2-Clause
//
// A storm over the module with the real daemon, for a machine with several CPUs:
//
//   kmod-storm ROUNDS SEED V4L2-DECODE STREAM REFERENCE [STREAM REFERENCE]...
//
// Four clients, each on a CPU of its own. Two decode streams, and every frame that they
// report as good has to be in its place in the REFERENCE ("bytes md5" lines). Two others
// open, STREAMON, queue, STREAMOFF and close as fast as they can, into surfaces that they
// share. In each round one of them, a worker or the daemon is killed or stopped. Nobody may
// sleep uninterruptibly for longer than two seconds.
//
// DAEDALUS_STORM_PACE=N: all of that takes N times as long, for a machine that is so slow.
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/kmod/client.h"
#include "tests/kmod/dma_buffer.h"

namespace daedalus::test {
namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;
using Random = std::mt19937;

constexpr std::size_t kClients = 4;
constexpr std::size_t kDecoders = 2;
constexpr std::uint32_t kBuffers = 4;
constexpr std::size_t kSurfaceSize = 8192;

/// A time on a machine that runs at full speed.
Milliseconds paced(unsigned milliseconds)
{
    static const char *const text = std::getenv("DAEDALUS_STORM_PACE");
    static const unsigned long pace = text != nullptr ? std::strtoul(text, nullptr, 10) : 1;
    return Milliseconds(milliseconds * std::max(pace, 1UL));
}

const Milliseconds kLongestSleep = paced(2000);

unsigned below(Random &random, unsigned limit)
{
    return static_cast<unsigned>(random() % limit);
}

// --- Clients that only storm.

/// One open file's life, cut off anywhere.
void stormOnce(Random &random, const std::vector<UniqueFd> &surfaces)
{
    Client client;
    if (!client.valid() || !client.start(kBuffers, V4L2_MEMORY_DMABUF)) {
        std::this_thread::sleep_for(Milliseconds(20));
        return;
    }
    for (unsigned step = below(random, 24); step > 0; --step) {
        const std::uint32_t index = below(random, kBuffers);
        const auto type = below(random, 2) == 0 ? kOutput : kCapture;
        switch (below(random, 8)) {
        case 0:
            client.stream(type, false);
            break;
        case 1:
            client.stream(type, true);
            break;
        case 2:
            client.dequeue(type, paced(below(random, 20)));
            break;
        case 3:
        case 4:
            client.queueCapture(index, {surfaces[below(random, surfaces.size())].get()});
            break;
        default:
            client.submit({.index = index, .timestamp = (step + 1) * 1000U});
        }
    }
    if (below(random, 2) == 0) {
        client.closeVideo(); // before its requests
    }
}

[[noreturn]] void storm(std::uint32_t seed, const std::vector<UniqueFd> &surfaces)
{
    Random random(seed);
    for (unsigned life = 8 + below(random, 32); life > 0; --life) {
        stormOnce(random, surfaces);
    }
    ::_exit(0);
}

// --- Clients that decode.

struct Stream {
    std::string file;
    std::vector<std::string> frames;
};

/// "bytes md5" of the lines of a file, which are those already or ffmpeg's "0, …, bytes, md5".
/// A line that was cut short is left out.
std::vector<std::string> readFrames(const std::string &path)
{
    std::ifstream file(path);
    std::vector<std::string> frames;
    for (std::string line; std::getline(file, line) && !file.eof();) {
        if (line.empty() || line[0] == '#') {
            continue;
        }
        std::replace(line.begin(), line.end(), ',', ' ');
        std::istringstream words(line);
        std::vector<std::string> list;
        for (std::string word; words >> word;) {
            list.push_back(word);
        }
        if (list.size() >= 2) {
            frames.push_back(list[list.size() - 2] + ' ' + list.back());
        }
    }
    return frames;
}

/// How many frames @p got has, from the first, that are those of @p want with some left out.
std::size_t goodFrames(const std::vector<std::string> &got, const std::vector<std::string> &want)
{
    auto at = want.begin();
    for (std::size_t i = 0; i < got.size(); ++i) {
        at = std::find(at, want.end(), got[i]);
        if (at == want.end()) {
            return i;
        }
        ++at;
    }
    return got.size();
}

[[noreturn]] void decode(const char *program, const Stream &stream, bool dmaBuf,
                         const std::string &output)
{
    const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int log = ::open((output + ".log").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(file, 1);
    ::dup2(log, 2);
    // A line at a time, or a decoder that is killed would have said nothing.
    ::execlp("stdbuf", "stdbuf", "-oL", program, "--framemd5", "--memory",
             dmaBuf ? "dmabuf" : "mmap", stream.file.c_str(), nullptr);
    ::_exit(127);
}

// --- Other processes.

struct Process {
    pid_t pid = 0;
    pid_t parent = 0;
    char state = '?';
    std::string name;
};

/// All but the kernel's own, which it watches itself and which are most of what there is.
std::vector<Process> processes()
{
    static constexpr pid_t kKernelThreads = 2;
    static std::set<pid_t> kernels{kKernelThreads};
    std::vector<Process> list;
    std::error_code error;
    for (const auto &entry : std::filesystem::directory_iterator("/proc", error)) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") != std::string::npos) {
            continue;
        }
        const pid_t pid = std::stoi(name);
        if (kernels.contains(pid)) {
            continue;
        }
        std::ifstream file(entry.path() / "stat");
        std::string line;
        std::getline(file, line);
        const auto open = line.find('(');
        const auto close = line.rfind(')');
        if (close == std::string::npos) {
            continue; // it is gone
        }
        Process process{.pid = pid, .name = line.substr(open + 1, close - open - 1)};
        std::istringstream(line.substr(close + 1)) >> process.state >> process.parent;
        if (process.parent == kKernelThreads) {
            kernels.insert(pid);
            continue;
        }
        list.push_back(process);
    }
    return list;
}

std::string contentsOf(const std::string &path)
{
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// --- The storm.

class Storm {
public:
    Storm(std::uint32_t seed, const char *decoder, std::vector<Stream> streams)
        : random_(seed), decoder_(decoder), streams_(std::move(streams))
    {
        for (int i = 0; i < 3; ++i) {
            surfaces_.push_back(makeDmaBuf(kSurfaceSize));
        }
    }

    /// Prints what was seen; whether all is well.
    bool run(unsigned rounds)
    {
        std::printf("%u rounds\n", rounds);
        for (round_ = 0; round_ < rounds && faults_ < 5; ++round_) {
            tend();
            strike();
            const auto until = Clock::now() + paced(20 + below(random_, 230));
            do {
                resume();
                watch();
                std::this_thread::sleep_for(paced(20));
            } while (Clock::now() < until);
        }
        stop();
        std::printf("%zu streams decoded to the end, %zu frames compared, %zu strikes at a client, "
                    "%zu at a worker, %zu at the daemon; %u faults\n",
                    ended_, compared_, clientStrikes_, workerStrikes_, daemonStrikes_, faults_);
        return faults_ == 0 && compared_ > 0 && workerStrikes_ > 0;
    }

private:
    struct Slot {
        pid_t pid = 0;
        const Stream *stream = nullptr;
    };
    struct Later {
        Clock::time_point when;
        pid_t pid;
        int signal;
    };
    struct Sleeper {
        Clock::time_point since;
        std::string switches;
    };

    void fault(const std::string &text)
    {
        ++faults_;
        std::printf("FAULT in round %u: %s\n", round_, text.c_str());
        std::fflush(stdout);
    }

    std::string output(std::size_t slot) const { return "storm-" + std::to_string(slot); }

    void launch(std::size_t index)
    {
        Slot &slot = slots_[index];
        const std::uint32_t seed = random_();
        slot.stream = &streams_[seed % streams_.size()];
        // One that is killed early leaves nothing, rather than what was there before.
        std::filesystem::remove(output(index));
        slot.pid = ::fork();
        if (slot.pid != 0) {
            return;
        }
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        cpu_set_t cpus;
        CPU_ZERO(&cpus);
        CPU_SET(index % std::thread::hardware_concurrency(), &cpus);
        ::sched_setaffinity(0, sizeof(cpus), &cpus);
        if (index < kDecoders) {
            decode(decoder_, *slot.stream, index == 1, output(index));
        }
        storm(seed, surfaces_);
    }

    /// Compares what a decoder left.
    void compare(std::size_t index, int status)
    {
        const Slot &slot = slots_[index];
        const auto frames = readFrames(output(index));
        compared_ += frames.size();
        const bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        ended_ += good ? 1 : 0;
        const std::size_t same = goodFrames(frames, slot.stream->frames);
        if (same < frames.size() || (good && same < slot.stream->frames.size())) {
            fault(slot.stream->file + ": of " + std::to_string(frames.size()) + " frames number " +
                  std::to_string(same) + " differs or is not there, status " +
                  std::to_string(status) + '\n' + contentsOf(output(index) + ".log"));
        }
        if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) {
            fault(slot.stream->file + ": decoder ended by signal " +
                  std::to_string(WTERMSIG(status)));
        }
    }

    /// Collects who has ended, and starts those that are missing.
    void tend()
    {
        for (std::size_t index = 0; index < kClients; ++index) {
            Slot &slot = slots_[index];
            int status = 0;
            if (slot.pid != 0 && ::waitpid(slot.pid, &status, WNOHANG) != slot.pid) {
                continue;
            }
            if (slot.pid != 0 && index < kDecoders) {
                compare(index, status);
            }
            launch(index);
        }
    }

    pid_t daemonPid() const
    {
        const std::string text = contentsOf("/run/daedalusd.pid");
        return text.empty() ? 0 : std::stoi(text);
    }

    void strike()
    {
        const unsigned kind = below(random_, 40);
        if (kind == 0) {
            strikeDaemon();
        } else if (kind < 9) {
            strikeWorker(kind < 3);
        } else if (kind < 30) {
            strikeClient(slots_[below(random_, kClients)].pid, kind < 16);
        }
    }

    void strikeClient(pid_t pid, bool halt)
    {
        ++clientStrikes_;
        ::kill(pid, halt ? SIGSTOP : SIGKILL);
        if (halt) {
            later(pid, below(random_, 3) == 0 ? SIGKILL : SIGCONT);
        }
    }

    void strikeWorker(bool halt)
    {
        const pid_t daemon = daemonPid();
        std::vector<pid_t> workers;
        for (const auto &process : processes()) {
            if (process.parent == daemon && process.state != 'Z') {
                workers.push_back(process.pid);
            }
        }
        if (workers.empty()) {
            return;
        }
        ++workerStrikes_;
        const pid_t pid = workers[below(random_, workers.size())];
        ::kill(pid, halt ? SIGSTOP : SIGKILL);
        if (halt) {
            later(pid, SIGKILL);
        }
    }

    void strikeDaemon()
    {
        ++daemonStrikes_;
        ::kill(daemonPid(), SIGKILL);
        std::this_thread::sleep_for(Milliseconds(below(random_, 200)));
        for (int attempt = 0; attempt < 3; ++attempt) {
            // What is in the shell's hands may be old news to the module for a moment.
            if (std::system("guest-daemon start") == 0) {
                return;
            }
        }
        fault("no daemon starts");
    }

    void later(pid_t pid, int signal)
    {
        later_.push_back({Clock::now() + paced(below(random_, 2500)), pid, signal});
    }

    /// Does what later() put off, to those that are still there.
    void resume(bool all = false)
    {
        const auto now = Clock::now();
        std::erase_if(later_, [&](const Later &item) {
            if (!all && item.when > now) {
                return false;
            }
            ::kill(item.pid, item.signal);
            return true;
        });
    }

    /// Looks for those that sleep uninterruptibly: the same sleep for too long is a fault.
    void watch()
    {
        const auto now = Clock::now();
        std::map<pid_t, Sleeper> sleepers;
        for (const auto &process : processes()) {
            if (process.state != 'D') {
                continue;
            }
            const std::string directory = "/proc/" + std::to_string(process.pid);
            const std::string status = contentsOf(directory + "/status");
            Sleeper sleeper{now, status.substr(std::min(status.find("voluntary"), status.size()))};
            const auto before = sleepers_.find(process.pid);
            if (before != sleepers_.end() && before->second.switches == sleeper.switches) {
                sleeper.since = before->second.since;
            }
            if (now - sleeper.since > kLongestSleep) {
                fault(process.name + " sleeps in\n" + contentsOf(directory + "/stack"));
                sleeper.since = now;
            }
            sleepers.emplace(process.pid, sleeper);
        }
        sleepers_ = std::move(sleepers);
    }

    void stop()
    {
        resume(true);
        for (std::size_t index = 0; index < kClients; ++index) {
            int status = 0;
            ::kill(slots_[index].pid, SIGKILL);
            ::waitpid(slots_[index].pid, &status, 0);
            if (index < kDecoders) {
                compare(index, status);
            }
        }
    }

    Random random_;
    const char *decoder_;
    std::vector<Stream> streams_;
    std::vector<UniqueFd> surfaces_;
    std::array<Slot, kClients> slots_;
    std::vector<Later> later_;
    std::map<pid_t, Sleeper> sleepers_;
    unsigned round_ = 0;
    unsigned faults_ = 0;
    std::size_t ended_ = 0;
    std::size_t compared_ = 0;
    std::size_t clientStrikes_ = 0;
    std::size_t workerStrikes_ = 0;
    std::size_t daemonStrikes_ = 0;
};

} // namespace
} // namespace daedalus::test

int main(int argc, char **argv)
{
    using namespace daedalus::test;
    if (argc < 6 || argc % 2 != 0) {
        std::fprintf(stderr, "usage: kmod-storm ROUNDS SEED V4L2-DECODE STREAM REFERENCE...\n");
        return 2;
    }
    std::vector<Stream> streams;
    for (int i = 4; i + 1 < argc; i += 2) {
        streams.push_back({argv[i], readFrames(argv[i + 1])});
    }
    Storm storm(static_cast<std::uint32_t>(std::strtoul(argv[2], nullptr, 10)), argv[3],
                std::move(streams));
    return storm.run(static_cast<unsigned>(std::strtoul(argv[1], nullptr, 10))) ? 0 : 1;
}
