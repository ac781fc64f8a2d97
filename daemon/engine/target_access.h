// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <memory>

#include "daedalus/result.h"
#include "gbm/frame_buffer.h"

namespace daedalus::engine {

/// Brackets the CPU's access to a request's target.
class TargetAccess {
public:
    /// @returns EINVAL: there is no target; ENOTSUP: not 4:2:0; or why the buffer
    /// cannot be accessed
    static Result<TargetAccess> begin(std::shared_ptr<const gbm::FrameBuffer> target);

    TargetAccess(TargetAccess &&other) noexcept = default;
    TargetAccess(const TargetAccess &) = delete;
    TargetAccess &operator=(const TargetAccess &) = delete;
    ~TargetAccess();

private:
    explicit TargetAccess(std::shared_ptr<const gbm::FrameBuffer> target);

    std::shared_ptr<const gbm::FrameBuffer> target_;
};

} // namespace daedalus::engine
