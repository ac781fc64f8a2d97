// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <ostream>

#include <nlohmann/json.hpp>

namespace daedalus::ctl {

/// The sessions as a table for people, and what those that are over did.
/// @param before the status of a moment ago, @p seconds earlier: then there are rates, too;
/// null: there are none
void printStatus(std::ostream &out, const nlohmann::json &status, const nlohmann::json &before,
                 double seconds);

} // namespace daedalus::ctl
