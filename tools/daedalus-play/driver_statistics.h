// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace daedalus::play {

/// Has the VA driver write its line of statistics (DAEDALUS_STATS), to the file that the user
/// named or to one that is gone afterwards. To be made before the driver is loaded, in a process
/// with one thread.
class DriverStatistics {
public:
    DriverStatistics();
    DriverStatistics(const DriverStatistics &) = delete;
    DriverStatistics &operator=(const DriverStatistics &) = delete;
    DriverStatistics(DriverStatistics &&) = delete;
    DriverStatistics &operator=(DriverStatistics &&) = delete;
    ~DriverStatistics();

    /// The last line. To be called when the VADisplay is gone. Null where the driver writes none.
    [[nodiscard]] nlohmann::json read() const;

private:
    std::string file_;
    bool ours_ = false;
};

} // namespace daedalus::play
