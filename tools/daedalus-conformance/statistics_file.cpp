// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-conformance/statistics_file.h"

#include <fstream>

namespace daedalus::conformance {

nlohmann::json StatisticsFile::read() const
{
    std::ifstream file(path());
    std::string line;
    std::string last;
    while (std::getline(file, line)) {
        last = line;
    }
    auto json = nlohmann::json::parse(last, nullptr, false);
    return json.is_object() ? json : nlohmann::json();
}

std::string whyNotDecoded(const nlohmann::json &statistics, const std::string &backend,
                          std::optional<uint64_t> pictures)
{
    const bool counted = statistics.is_object();
    const auto frames = counted ? statistics.value("frames", uint64_t{0}) : 0;
    if (frames == 0 || statistics.value("backend", "") != backend) {
        return "the driver did not decode: " + statistics.dump();
    }
    if (pictures && frames != *pictures) {
        return "the driver decoded " + std::to_string(frames) + " pictures; the stream has " +
               std::to_string(*pictures);
    }
    return {};
}

} // namespace daedalus::conformance
