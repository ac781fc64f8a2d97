// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace daedalus::bench {

/// Numbers of the same thing, measured several times.
class Samples {
public:
    void add(double value) { values_.push_back(value); }
    [[nodiscard]] bool empty() const { return values_.empty(); }
    [[nodiscard]] size_t count() const { return values_.size(); }

    /// The middle one, or the mean of the two in the middle. There has to be one.
    [[nodiscard]] double median() const
    {
        auto sorted = values_;
        std::sort(sorted.begin(), sorted.end());
        const size_t middle = sorted.size() / 2;
        return sorted.size() % 2 != 0 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
    /// All of them times @p factor.
    [[nodiscard]] Samples times(double factor) const
    {
        Samples scaled;
        for (const double value : values_) {
            scaled.add(value * factor);
        }
        return scaled;
    }
    [[nodiscard]] double least() const { return *std::min_element(values_.begin(), values_.end()); }
    [[nodiscard]] double most() const { return *std::max_element(values_.begin(), values_.end()); }

private:
    std::vector<double> values_;
};

} // namespace daedalus::bench
