// SPDX-License-Identifier: BSD-2-Clause
#include "engine/av1/reference_slots.h"

#include <algorithm>

namespace daedalus::engine {

void Av1ReferenceSlots::learn(std::span<const __u64, kCount> timestamps)
{
    for (Slot &slot : slots_) {
        slot.live = slot.live && slot.picture &&
                    std::find(timestamps.begin(), timestamps.end(), slot.picture->timestamp) !=
                        timestamps.end();
    }
}

void Av1ReferenceSlots::learnTarget(const gbm::FrameBuffer &target)
{
    for (Slot &slot : slots_) {
        if (slot.picture && slot.picture->memory &&
            slot.picture->memory->data(0) == target.data(0)) {
            slot.live = false;
        }
    }
}

std::optional<uint8_t> Av1ReferenceSlots::find(uint64_t timestamp) const
{
    for (uint8_t i = 0; i < kCount; ++i) {
        if (slots_[i].picture && slots_[i].picture->timestamp == timestamp) {
            return i;
        }
    }
    return std::nullopt;
}

const Av1StoredPicture *Av1ReferenceSlots::picture(uint8_t slot) const
{
    return slots_[slot].picture ? &*slots_[slot].picture : nullptr;
}

std::optional<uint8_t> Av1ReferenceSlots::freeSlot() const
{
    for (uint8_t i = 0; i < kCount; ++i) {
        const auto &[picture, live] = slots_[i];
        // Of a picture that is there twice, the first one is enough.
        if (!live || !picture || find(picture->timestamp) != i) {
            return i;
        }
    }
    return std::nullopt;
}

void Av1ReferenceSlots::store(const Av1StoredPicture &picture, uint8_t mask)
{
    for (unsigned i = 0; i < kCount; ++i) {
        auto &slot = slots_[i];
        if ((mask >> i & 1) != 0) {
            slot = {picture, true};
        } else if (slot.picture && slot.picture->timestamp == picture.timestamp) {
            // The name has a new owner.
            slot = {};
        }
    }
}

void Av1ReferenceSlots::forget(uint8_t mask)
{
    for (unsigned i = 0; i < kCount; ++i) {
        if ((mask >> i & 1) != 0) {
            slots_[i] = {};
        }
    }
}

void Av1ReferenceSlots::forgetPicture(uint64_t timestamp)
{
    for (Slot &slot : slots_) {
        if (slot.picture && slot.picture->timestamp == timestamp) {
            slot = {};
        }
    }
}

} // namespace daedalus::engine
