// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <algorithm>
#include <optional>

namespace daedalus::engine {

/// Whether a client has several pictures under way most of the time, rather than waiting for
/// each before the next: who waits gains by threads within a picture only.
class ClientPace {
public:
    /// A request came.
    /// @param ahead others are under way, see DecodeRequest::clientIsAhead
    void add(bool ahead)
    {
        if (!score_) {
            score_ = ahead ? kMost : 0; // nothing else is known yet
        }
        score_ = std::clamp(*score_ + (ahead ? 1 : -1), 0, kMost);
        if (*score_ >= kMost - kDoubt || *score_ <= kDoubt) {
            ahead_ = *score_ > kMost / 2;
        }
    }

    /// What it did lately. Changes slowly.
    [[nodiscard]] bool isAhead() const { return ahead_; }

private:
    static constexpr int kMost = 16;
    static constexpr int kDoubt = 4;

    std::optional<int> score_;
    bool ahead_ = false;
};

} // namespace daedalus::engine
