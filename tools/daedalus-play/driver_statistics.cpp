// SPDX-License-Identifier: BSD-2-Clause
#include "tools/daedalus-play/driver_statistics.h"

#include <cstdlib>
#include <fstream>

#include <unistd.h>

#include "daedalus/unique_fd.h"

namespace daedalus::play {
namespace {

constexpr const char *kVariable = "DAEDALUS_STATS";

} // namespace

DriverStatistics::DriverStatistics()
{
    if (const char *named = std::getenv(kVariable); named != nullptr && *named != '\0') {
        file_ = named;
        return;
    }
    std::string name = "/tmp/daedalus-play.XXXXXX";
    const UniqueFd file(::mkstemp(name.data()));
    if (file && ::setenv(kVariable, name.c_str(), 1) == 0) {
        file_ = name;
        ours_ = true;
    }
}

DriverStatistics::~DriverStatistics()
{
    if (ours_) {
        ::unlink(file_.c_str());
    }
}

nlohmann::json DriverStatistics::read() const
{
    std::ifstream file(file_);
    std::string line;
    std::string last;
    while (std::getline(file, line)) {
        last = line;
    }
    auto json = nlohmann::json::parse(last, nullptr, false);
    return json.is_discarded() ? nlohmann::json() : json;
}

} // namespace daedalus::play
