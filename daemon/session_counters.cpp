// SPDX-License-Identifier: BSD-2-Clause
#include "daemon/session_counters.h"

#include <algorithm>
#include <bit>
#include <cctype>
#include <fstream>
#include <new>

#include <sys/mman.h>

namespace daedalus::daemon {

size_t LatencyHistogram::classOf(uint64_t microseconds)
{
    if (microseconds < kPerOctave) {
        return static_cast<size_t>(microseconds);
    }
    // The three bits below the highest one.
    constexpr unsigned kBits = std::bit_width(kPerOctave) - 1;
    const unsigned shift = static_cast<unsigned>(std::bit_width(microseconds)) - 1 - kBits;
    const size_t index = (shift + 1) * kPerOctave + ((microseconds >> shift) - kPerOctave);
    return std::min(index, kClasses - 1);
}

uint64_t LatencyHistogram::endOf(size_t index)
{
    if (index < kPerOctave) {
        return index + 1;
    }
    const size_t shift = index / kPerOctave - 1;
    return (index % kPerOctave + kPerOctave + 1) << shift;
}

void LatencyHistogram::add(std::chrono::nanoseconds latency)
{
    const auto time = std::chrono::duration_cast<std::chrono::microseconds>(latency).count();
    const size_t index = classOf(static_cast<uint64_t>(std::max<int64_t>(time, 0)));
    counts_[index].fetch_add(1, std::memory_order_relaxed);
}

std::chrono::nanoseconds LatencyHistogram::percentile(unsigned percent) const
{
    std::array<uint64_t, kClasses> counts{};
    uint64_t total = 0;
    for (size_t i = 0; i < kClasses; ++i) {
        counts[i] = counts_[i].load(std::memory_order_relaxed);
        total += counts[i];
    }
    const uint64_t rank = total / 100 * percent + (total % 100 * percent + 99) / 100;
    uint64_t seen = 0;
    for (size_t i = 0; i < kClasses && total > 0; ++i) {
        seen += counts[i];
        if (seen >= rank && seen > 0) {
            return std::chrono::microseconds(endOf(i));
        }
    }
    return std::chrono::nanoseconds(0);
}

void SessionCounters::setExporter(const std::string &name)
{
    if (exporter_[0] != 0 || name.empty()) {
        return;
    }
    for (size_t i = std::min(name.size(), kNameLength); i-- > 0;) {
        exporter_[i] = name[i];
    }
}

std::string SessionCounters::exporter() const
{
    std::string name;
    for (const auto &letter : exporter_) {
        const char value = letter;
        if (std::isalnum(static_cast<unsigned char>(value)) == 0 && value != '_' && value != '-') {
            break;
        }
        name += value;
    }
    return name;
}

Result<std::shared_ptr<SessionCounters>> shareSessionCounters()
{
    void *memory = ::mmap(nullptr, sizeof(SessionCounters), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return failErrno("memory for counters");
    }
    return std::shared_ptr<SessionCounters>(
        new (memory) SessionCounters,
        [](SessionCounters *counters) { ::munmap(counters, sizeof(SessionCounters)); });
}

std::string dmaBufExporter(int fd)
{
    static constexpr std::string_view kKey = "exp_name:\t";
    std::ifstream file("/proc/self/fdinfo/" + std::to_string(fd));
    std::string line;
    while (std::getline(file, line)) {
        if (line.rfind(kKey, 0) == 0) {
            return line.substr(kKey.size());
        }
    }
    return {};
}

} // namespace daedalus::daemon
