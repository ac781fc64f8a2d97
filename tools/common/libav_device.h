// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <va/va.h>

#include "daedalus/result.h"
#include "tools/common/libav_handles.h"

namespace daedalus::tools {

/// libavutil's handle of @p display, which has to outlive it.
Result<BufferPtr> wrapDisplay(VADisplay display);

} // namespace daedalus::tools
