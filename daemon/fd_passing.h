// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>

#include "daedalus/result.h"
#include "daedalus/unique_fd.h"

namespace daedalus::daemon {

/// What a worker is told along with its session file.
struct Assignment {
    uint32_t sessionId = 0;
    uint32_t codec = 0;   ///< V4L2 OUTPUT fourcc
    uint32_t threads = 0; ///< that it may use, 0: as its options say
};

/// An assignment as it arrives.
struct ReceivedAssignment {
    Assignment assignment;
    UniqueFd session;
};

/// Sends an assignment and a duplicate of @p session over a SOCK_SEQPACKET socket
/// (SCM_RIGHTS), without waiting.
Result<void> sendAssignment(int socket, const Assignment &assignment, int session);

/// Receives an assignment; waits for it. ESHUTDOWN: the other side is gone.
Result<ReceivedAssignment> receiveAssignment(int socket);

} // namespace daedalus::daemon
