// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <functional>

#include "tests/support/vectors.h"
#include "tools/common/libav_handles.h"

namespace daedalus::test {

/// Decodes a stream with libavcodec (AV1: libdav1d through it) alone, in one thread: what
/// all else is compared with. Damaged packets are passed over, as players do. Fails the
/// current test if there is no such decoder.
/// @param each called for each frame, in output order
void decodeSoftware(const Stream &stream, const std::function<void(const AVFrame &)> &each);

} // namespace daedalus::test
