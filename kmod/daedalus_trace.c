// SPDX-License-Identifier: GPL-2.0-or-later

#include <linux/types.h>

#define CREATE_TRACE_POINTS
#include "daedalus_trace.h"
