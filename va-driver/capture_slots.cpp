// SPDX-License-Identifier: BSD-2-Clause
#include "va-driver/capture_slots.h"

#include <algorithm>

#include "v4l2/v4l2_queue.h"
#include "va-driver/image_copy.h"

namespace daedalus::va {

void CaptureSlots::reset(unsigned count, const CaptureLayout &layout)
{
    slots_.assign(count, {});
    layout_ = layout;
}

std::optional<unsigned> CaptureSlots::find(const std::shared_ptr<SurfaceMemory> &memory) const
{
    const auto it =
        std::ranges::find_if(slots_, [&](const Slot &slot) { return slot.owner.lock() == memory; });
    return it != slots_.end() ? std::optional(static_cast<unsigned>(it - slots_.begin()))
                              : std::nullopt;
}

std::optional<unsigned> CaptureSlots::chooseIndex() const
{
    std::optional<unsigned> best;
    for (unsigned index = 0; index < slots_.size(); ++index) {
        const Slot &slot = slots_[index];
        if (slot.job) {
            continue;
        }
        if (slot.owner.expired()) {
            return index;
        }
        if (!best || slot.lastUse < slots_[*best].lastUse) {
            best = index;
        }
    }
    return best;
}

Result<std::optional<unsigned>> CaptureSlots::acquire(const std::shared_ptr<SurfaceMemory> &memory,
                                                      gbm::SurfaceAllocator &allocator)
{
    auto index = find(memory);
    if (index && slots_[*index].job) {
        return std::optional<unsigned>(); // still being decoded into
    }
    if (!index) {
        index = chooseIndex();
        if (!index) {
            return std::optional<unsigned>();
        }
        Slot fresh;
        fresh.owner = memory;
        if (!layout_.matches(memory->layout())) {
            const uint32_t width = layout_.stride / layout_.format->bytesPerSample;
            auto shadow = SurfaceMemory::allocate(allocator, *layout_.format, width, layout_.rows);
            if (!shadow) {
                return tl::unexpected(shadow.error());
            }
            fresh.shadow = std::move(*shadow);
        }
        slots_[*index] = std::move(fresh);
        slots_[*index].bytes = v4l2::dmaBufSize(fd(*index));
    }
    slots_[*index].lastUse = ++uses_;
    return index;
}

int CaptureSlots::fd(unsigned index) const
{
    const Slot &slot = slots_[index];
    const auto owner = slot.owner.lock();
    return slot.shadow ? slot.shadow->fd() : owner ? owner->fd() : -1;
}

Result<void> copyShadow(SurfaceMemory &shadow, SurfaceMemory &surface)
{
    auto source = shadow.mapping();
    auto dest = surface.mapping();
    if (!source || !dest) {
        return tl::unexpected(!source ? source.error() : dest.error());
    }
    const gbm::ScopedCpuAccess reading(*source, gbm::CpuAccess::Read);
    const gbm::ScopedCpuAccess writing(*dest, gbm::CpuAccess::Write);
    for (const gbm::ScopedCpuAccess *access : {&reading, &writing}) {
        if (!access->begun()) {
            return access->begun();
        }
    }
    // Either may be the larger one: the shadow is as large as the stream's pictures.
    const gbm::SurfaceLayout &from = shadow.layout();
    const gbm::SurfaceLayout &to = surface.layout();
    copyPicture(viewOf(from, **source), viewOf(to, **dest),
                {0, 0, 0, 0, std::min(from.width, to.width), std::min(from.height, to.height)});
    return {};
}

} // namespace daedalus::va
