// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <string>

#include "daedalus/result.h"
#include "tests/players/av_handles.h"

namespace daedalus::test {

/// A VADisplay on a DRM node, in libavutil's wrapping. May be used by several players at
/// once, in any threads.
class HwDevice {
public:
    /// @param node such as /dev/dri/renderD128
    static Result<HwDevice> open(const std::string &node);

    /// Borrowed.
    [[nodiscard]] AVBufferRef *get() const { return device_.get(); }

private:
    explicit HwDevice(AVBufferRef *device) : device_(device) {}

    AvHandle<AVBufferRef> device_;
};

/// What libavutil says about one of its error codes.
std::string avErrorText(int code);

} // namespace daedalus::test
