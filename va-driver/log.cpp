// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/log.h"

#include <spdlog/sinks/stdout_sinks.h>

namespace daedalus::va {

std::shared_ptr<spdlog::logger> createLogger(const std::string &level)
{
    // Not registered with spdlog: the program may use spdlog for itself.
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    auto logger = std::make_shared<spdlog::logger>("daedalus-va", std::move(sink));
    logger->set_pattern("%H:%M:%S.%e %n %l: %v");
    const auto parsed = spdlog::level::from_str(level);
    // from_str() answers "off" for words that it does not know.
    const bool unknown = parsed == spdlog::level::off && level != "off";
    logger->set_level(unknown ? spdlog::level::warn : parsed);
    if (unknown) {
        logger->warn("DAEDALUS_LOG is '{}', not debug, info, warning, error or off", level);
    }
    return logger;
}

} // namespace daedalus::va
