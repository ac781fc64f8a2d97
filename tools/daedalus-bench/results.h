// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <nlohmann/json.hpp>

#include "daedalus/result.h"
#include "tools/daedalus-bench/statistics.h"

namespace daedalus::bench {

/// What was measured together, in one run on one machine.
class Results {
public:
    /// @returns EINVAL: not results of daedalus-bench run
    static Result<Results> read(const std::string &file);

    /// One measurement, its repeats apart.
    struct Key {
        std::string part;
        std::string film;
        std::string path;
        std::string format;
        unsigned threads = 0;
        unsigned streams = 0;
        auto operator<=>(const Key &) const = default;
        /// Bare decoding of the same.
        [[nodiscard]] Key bare() const;
    };

    [[nodiscard]] const nlohmann::json &machine() const { return machine_; }
    /// How often most things were measured.
    [[nodiscard]] size_t repeats() const;
    /// All keys of a part, in order.
    [[nodiscard]] std::vector<Key> keys(const std::string &part) const;
    /// The values of a field, e.g. "wall" or "latency/p50", of all repeats.
    [[nodiscard]] Samples values(const Key &key, const std::string &field) const;
    /// The values divided by those of another measurement in the same repeat.
    [[nodiscard]] Samples ratios(const Key &key, const Key &base, const std::string &field) const;
    /// The values minus @p factor times those of another measurement in the same repeat.
    [[nodiscard]] Samples differences(const Key &key, const Key &base, const std::string &field,
                                      double factor) const;

private:
    using Repeats = std::map<unsigned, nlohmann::json>;

    nlohmann::json machine_;
    std::map<Key, Repeats> samples_;

    /// Both values of each repeat that has them.
    [[nodiscard]] std::vector<std::pair<double, double>> pairs(const Key &key, const Key &base,
                                                               const std::string &field) const;
};

} // namespace daedalus::bench
