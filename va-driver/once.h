// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <spdlog/common.h>

#include <utility>

namespace daedalus::va {

/// Level for what can happen with every picture of a damaged stream: a warning
/// the first time, debugging information from then on. One thread at a time.
class OnceLoud {
public:
    spdlog::level::level_enum level()
    {
        return std::exchange(quiet_, true) ? spdlog::level::debug : spdlog::level::warn;
    }

private:
    bool quiet_ = false;
};

} // namespace daedalus::va
