// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include "daedalus/control_set.h"

namespace daedalus::v4l2 {

/// Those of a request's controls that say what the samples of its picture are: a decoder
/// wants them set on the context (V4l2Device::setControls()) before it is asked for its
/// Capture formats, see "Initialization" of the kernel's stateless decoder documentation.
ControlSet sequenceControls(const ControlSet &controls);

} // namespace daedalus::v4l2
