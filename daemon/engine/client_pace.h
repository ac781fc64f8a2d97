// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace daedalus::engine {

/// How long a decoder with pictures in flight is left without a request, while no client waits
/// for one of them, before it is made to finish the oldest.
inline constexpr std::chrono::milliseconds kIdleTimeout{2};

/// Whether a client has several pictures under way most of the time. One that waits for each
/// picture before it submits the next gains only by threads within a picture.
class ClientPace {
public:
    /// Counts a request.
    /// @param ahead DecodeRequest::clientIsAhead: others are under way
    void add(bool ahead)
    {
        if (!score_) {
            score_ = ahead ? kMaxScore : 0; // nothing else is known yet
        }
        score_ = std::clamp(*score_ + (ahead ? 1 : -1), 0, kMaxScore);
        if (*score_ >= kMaxScore - kMargin || *score_ <= kMargin) {
            ahead_ = *score_ > kMaxScore / 2;
        }
    }

    /// Whether the latest requests were mostly ahead. Changes slowly.
    [[nodiscard]] bool isAhead() const { return ahead_; }

private:
    static constexpr int kMaxScore = 16;
    static constexpr int kMargin = 4;

    std::optional<int> score_;
    bool ahead_ = false;
};

} // namespace daedalus::engine
