// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <va/va.h>

#include "daedalus/result.h"
#include "libav_handles.h"

namespace daedalus {

/// libavutil's handle of @p display, which has to outlive it.
Result<BufferPtr> wrapDisplay(VADisplay display);

} // namespace daedalus
