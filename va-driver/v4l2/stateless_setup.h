// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>

#include "daedalus/control_set.h"
#include "daedalus/result.h"
#include "v4l2/v4l2_device.h"

namespace daedalus::v4l2 {

/// Has the device take whole frames, with start codes where the codec has them. Codecs
/// that leave no choice need nothing.
/// @param codec V4L2_PIX_FMT_* of the OUTPUT queue, which is set already
Result<void> selectWholeFrames(V4l2Device &device, uint32_t codec);

/// Those of a request's controls that say what the samples of its picture are: a decoder
/// wants them set on the context (V4l2Device::setControls()) before it is asked for its
/// Capture formats, see "Initialization" of the kernel's stateless decoder documentation.
ControlSet sequenceControls(const ControlSet &controls);

} // namespace daedalus::v4l2
