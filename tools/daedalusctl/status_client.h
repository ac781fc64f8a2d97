// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "daedalus/result.h"

namespace daedalus::ctl {

/// Asks the daemon at @p path how it is.
/// @returns ENOENT or ECONNREFUSED: no daemon is running; EACCES; EBADMSG: what it says is no
/// status; each with words that say what to do
Result<nlohmann::json> readStatus(const std::string &path);

} // namespace daedalus::ctl
