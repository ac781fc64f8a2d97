// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "tools/common/temporary_folder.h"

namespace daedalus::tools {

/// Where the VA-API driver is told to write what it counts.
inline constexpr const char *kStatisticsVariable = "DAEDALUS_STATS";

/// The last line that the driver wrote to @p path: an object, or null if it wrote none.
nlohmann::json readStatistics(const std::string &path);

/// A file for what the driver counts, which goes when this does.
class StatisticsFile {
public:
    [[nodiscard]] std::string path() const { return folder_.file("statistics"); }
    [[nodiscard]] nlohmann::json read() const { return readStatistics(path()); }

private:
    TemporaryFolder folder_;
};

} // namespace daedalus::tools
