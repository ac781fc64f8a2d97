// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <spdlog/logger.h>

#include <memory>
#include <string>
#include <utility>

namespace daedalus::va {

/// A logger of one VADisplay that writes to stderr.
///
/// stderr and not libva's message callbacks: these are silenced by most clients,
/// and a user who set DAEDALUS_LOG wants to see the lines.
/// @param level "debug", "info", "warning", "error", "off"; another word means
/// warning, and is warned of
std::shared_ptr<spdlog::logger> createLogger(const std::string &level);

/// The level at which to log what can happen with every picture of a damaged stream: a
/// warning the first time, debugging information from then on. One thread at a time.
class WarnOnce {
public:
    spdlog::level::level_enum level()
    {
        return std::exchange(warned_, true) ? spdlog::level::debug : spdlog::level::warn;
    }

private:
    bool warned_ = false;
};

} // namespace daedalus::va
