// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "tools/daedalus-conformance/temporary_folder.h"

namespace daedalus::conformance {

/// A file for what the VA-API driver counts (DAEDALUS_STATS), which goes when this does.
class StatisticsFile {
public:
    [[nodiscard]] std::string path() const { return folder_.file("statistics"); }

    /// The last line: an object, or null if the driver wrote none.
    [[nodiscard]] nlohmann::json read() const;

private:
    TemporaryFolder folder_;
};

/// Whether the driver says itself that it was at work.
/// @param statistics what it counted
/// @param backend "kernel" or "inproc"
/// @param pictures (or fields) that it must have been asked for, if that is known
/// @return what is wrong; empty: nothing
std::string whyNotDecoded(const nlohmann::json &statistics, const std::string &backend,
                          std::optional<uint64_t> pictures);

} // namespace daedalus::conformance
