// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/status_line.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace daedalus::play {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(250);
constexpr auto kWindow = std::chrono::seconds(1); ///< over which the rate is counted

} // namespace

std::string StatusLine::copied(uint64_t decoded) const
{
    const auto bytes = module_.copied();
    if (!bytes || decoded == 0) {
        return {};
    }
    return "  copied " + std::to_string(*bytes / decoded) + " B/frame";
}

const std::string &StatusLine::text(double seconds, uint64_t decoded, uint64_t dropped)
{
    const auto now = SteadyClock::now();
    if (now < next_) {
        return text_;
    }
    next_ = now + kInterval;
    while (!drawTimes_.empty() && now - drawTimes_.front() > kWindow) {
        drawTimes_.pop_front();
    }
    const double cpu = cpuSeconds();
    const double since = std::chrono::duration<double>(now - measured_).count();
    const double load = measured_ == SteadyClock::time_point() ? 0.0 : (cpu - cpu_) / since;
    cpu_ = cpu;
    measured_ = now;
    const double window = std::clamp(seconds, 0.25, 1.0);
    const auto whole = static_cast<int>(seconds);
    std::array<char, 128> line{};
    std::snprintf(line.data(), line.size(), "%02d:%02d  %.1f fps  %llu dropped  CPU %.0f%%",
                  whole / 60, whole % 60, static_cast<double>(drawTimes_.size()) / window,
                  static_cast<unsigned long long>(dropped), load * 100.0);
    text_ = line.data() + copied(decoded);
    return text_;
}

} // namespace daedalus::play
