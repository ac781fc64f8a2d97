// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "tools/daedalus-play/output.h"
#include "tools/daedalus-play/statistics.h"

namespace daedalus::play {

/// The line that tells how playing goes: time, pictures a second, dropped ones, CPU, bytes that
/// were copied for each picture.
class StatusLine {
public:
    /// Counts a composed picture.
    void drew() { drawTimes_.push_back(SteadyClock::now()); }
    /// The text, which changes four times a second.
    /// @param decoded,dropped of all streams together
    const std::string &text(double seconds, uint64_t decoded, uint64_t dropped);
    /// True when text() would change now.
    [[nodiscard]] bool due() const { return SteadyClock::now() >= next_; }

private:
    [[nodiscard]] std::string copied(uint64_t decoded) const;

    ModuleCounter module_;
    std::deque<SteadyClock::time_point> drawTimes_;
    SteadyClock::time_point next_;
    SteadyClock::time_point measured_;
    double cpu_ = 0;
    std::string text_;
};

} // namespace daedalus::play
