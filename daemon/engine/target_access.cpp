// SPDX-License-Identifier: BSD-2-Clause
#include "engine/target_access.h"

#include <cerrno>
#include <utility>

namespace daedalus::engine {

TargetAccess::TargetAccess(std::shared_ptr<const gbm::FrameBuffer> target)
    : target_(std::move(target))
{}

Result<TargetAccess> TargetAccess::begin(std::shared_ptr<const gbm::FrameBuffer> target)
{
    if (!target) {
        return fail(EINVAL, "the request has no target");
    }
    const gbm::FormatInfo &format = target->format();
    if (format.horizontalShift != 1 || format.verticalShift != 1) {
        return fail(ENOTSUP, "4:2:0 pictures do not go into " + std::string(format.name));
    }
    if (auto begun = target->beginAccess(gbm::CpuAccess::ReadWrite); !begun) {
        return tl::unexpected(begun.error());
    }
    return TargetAccess(std::move(target));
}

TargetAccess::~TargetAccess()
{
    if (target_) {
        // A failure changes nothing: the picture is in memory.
        static_cast<void>(target_->endAccess(gbm::CpuAccess::ReadWrite));
    }
}

} // namespace daedalus::engine
