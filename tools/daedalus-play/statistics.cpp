// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/statistics.h"

#include <array>
#include <sstream>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace daedalus::play {
namespace {

constexpr const char *kModuleStatistics = "/sys/kernel/debug/daedalus_v4l2/stats";

nlohmann::json toJson(const StreamStatistics &stream)
{
    return {{"file", stream.file},       {"codec", stream.codec}, {"format", stream.format},
            {"import", stream.import},   {"width", stream.width}, {"height", stream.height},
            {"decoded", stream.decoded}, {"shown", stream.shown}, {"dropped", stream.dropped},
            {"errors", stream.errors}};
}

double secondsOf(const timeval &time)
{
    constexpr double kMicro = 1e-6;
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * kMicro;
}

} // namespace

nlohmann::json toJson(const Statistics &statistics)
{
    nlohmann::json json{{"output", statistics.output},
                        {"renderer", statistics.renderer},
                        {"va_driver", statistics.vaDriver},
                        {"seconds", statistics.seconds},
                        {"cpu_seconds", statistics.cpuSeconds},
                        {"drawn", statistics.drawn},
                        {"surfaces_imported", statistics.surfaces},
                        {"images_made", statistics.images},
                        {"images_made_late", statistics.imagesLate},
                        {"bytes_copied", nullptr},
                        {"driver", statistics.driver},
                        {"streams", nlohmann::json::array()}};
    if (statistics.bytesCopied) {
        json["bytes_copied"] = *statistics.bytesCopied;
    }
    for (const StreamStatistics &stream : statistics.streams) {
        json["streams"].push_back(toJson(stream));
    }
    return json;
}

double cpuSeconds()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return secondsOf(usage.ru_utime) + secondsOf(usage.ru_stime);
}

ModuleCounter::ModuleCounter() : file_(::open(kModuleStatistics, O_RDONLY | O_CLOEXEC))
{
    before_ = total();
}

std::optional<uint64_t> ModuleCounter::total() const
{
    std::array<char, 4096> text{};
    const ssize_t size = file_ ? ::pread(file_.get(), text.data(), text.size() - 1, 0) : -1;
    if (size <= 0) {
        return std::nullopt;
    }
    std::istringstream lines(text.data());
    std::string name;
    uint64_t value = 0;
    while (lines >> name >> value) {
        if (name == "bytes_copied") {
            return value;
        }
    }
    return std::nullopt;
}

std::optional<uint64_t> ModuleCounter::copied() const
{
    const auto now = before_ ? total() : std::nullopt;
    return now ? std::optional(*now - *before_) : std::nullopt;
}

} // namespace daedalus::play
