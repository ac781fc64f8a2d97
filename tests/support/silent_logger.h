// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>

#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

namespace daedalus::test {

/// A log that goes nowhere.
inline std::shared_ptr<spdlog::logger> silentLogger()
{
    return std::make_shared<spdlog::logger>("test",
                                            std::make_shared<spdlog::sinks::null_sink_mt>());
}

} // namespace daedalus::test
