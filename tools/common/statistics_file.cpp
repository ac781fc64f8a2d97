// SPDX-License-Identifier: BSD-2-Clause
#include "tools/common/statistics_file.h"

#include <fstream>

namespace daedalus::tools {

nlohmann::json readStatistics(const std::string &path)
{
    std::ifstream file(path);
    std::string line;
    std::string last;
    while (std::getline(file, line)) {
        last = line;
    }
    auto json = nlohmann::json::parse(last, nullptr, false);
    return json.is_object() ? json : nlohmann::json();
}

} // namespace daedalus::tools
