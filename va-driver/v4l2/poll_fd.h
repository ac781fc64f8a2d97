// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <chrono>

#include "daedalus/result.h"

namespace daedalus::v4l2 {

/// Polls one file until an event is there or the time is over; signals do not
/// shorten the time.
/// @param events POLL* to wait for
/// @param timeout zero only looks, negative waits for ever
/// @returns the events seen (with POLLERR and its like), 0 if the time ran out
Result<short> pollFd(int fd, short events, std::chrono::milliseconds timeout);

} // namespace daedalus::v4l2
