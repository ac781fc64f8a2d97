// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>
#include <thread>

namespace daedalus::test {

/// Looks every few milliseconds until @p condition holds; false if it does not within @p limit.
template <typename Condition>
bool eventually(Condition condition, std::chrono::milliseconds limit = std::chrono::seconds(5))
{
    constexpr std::chrono::milliseconds kNap{10};
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= end) {
            return false;
        }
        std::this_thread::sleep_for(kNap);
    }
    return true;
}

} // namespace daedalus::test
