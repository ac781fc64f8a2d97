// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <va/va.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "va-driver/va_status.h"

namespace daedalus::va {

/// What a handle names. It is part of the handle's value, so that a handle of
/// the wrong kind is never found. No value sets bit 31, so that no handle is
/// negative as an int or equals VA_INVALID_ID.
enum class ObjectType : uint32_t { Config = 1, Surface, Context, Buffer, Image };

/// Maps the handles of one kind, which clients see as plain integers, to objects.
///
/// A handle is {type:3, generation:12, slot:16}. The generation changes whenever
/// a slot is used again, and free slots are used in turn, so that a stale handle
/// is not found (until its slot was used 4096 times more).
///
/// Thread-safe. Objects are shared: one that is removed while another thread
/// works with it lives until that thread is done.
template <typename T, ObjectType Type>
class ObjectHeap {
public:
    /// Most objects that can exist at a time.
    static constexpr size_t kCapacity = size_t{1} << 16;

    /// Stores an object. VA_STATUS_ERROR_MAX_NUM_EXCEEDED: there are kCapacity.
    VaResult<VAGenericID> insert(std::shared_ptr<T> object)
    {
        const std::scoped_lock lock(mutex_);
        size_t slot = slots_.size();
        // Old slots are taken only when many wait, to keep generations apart.
        if (free_.size() > kMinFree || (slot == kCapacity && !free_.empty())) {
            slot = free_.front();
            free_.pop_front();
        } else if (slot == kCapacity) {
            return vaFail(VA_STATUS_ERROR_MAX_NUM_EXCEEDED);
        } else {
            slots_.emplace_back();
        }
        slots_[slot].object = std::move(object);
        return idOf(slot);
    }

    /// The object of a handle; null if there is none.
    [[nodiscard]] std::shared_ptr<T> find(VAGenericID id) const
    {
        const std::scoped_lock lock(mutex_);
        const size_t slot = slotOf(id);
        return slot < slots_.size() ? slots_[slot].object : nullptr;
    }

    /// Takes an object out; null if the handle names none.
    std::shared_ptr<T> remove(VAGenericID id)
    {
        const std::scoped_lock lock(mutex_);
        const size_t slot = slotOf(id);
        if (slot >= slots_.size()) {
            return nullptr;
        }
        ++slots_[slot].generation;
        free_.push_back(slot);
        return std::exchange(slots_[slot].object, nullptr);
    }

    /// Takes all objects out.
    std::vector<std::shared_ptr<T>> clear()
    {
        const std::scoped_lock lock(mutex_);
        std::vector<std::shared_ptr<T>> all;
        for (size_t slot = 0; slot < slots_.size(); ++slot) {
            if (slots_[slot].object) {
                all.push_back(std::exchange(slots_[slot].object, nullptr));
                ++slots_[slot].generation;
                free_.push_back(slot);
            }
        }
        return all;
    }

    /// How many objects there are.
    [[nodiscard]] size_t size() const
    {
        const std::scoped_lock lock(mutex_);
        return slots_.size() - free_.size();
    }

private:
    static constexpr unsigned kSlotBits = 16;
    static constexpr unsigned kGenerationBits = 12;
    static constexpr uint32_t kGenerationMask = (1U << kGenerationBits) - 1;
    static constexpr size_t kMinFree = 64;

    struct Slot {
        std::shared_ptr<T> object;
        uint32_t generation = 0;
    };

    [[nodiscard]] VAGenericID idOf(size_t slot) const
    {
        return static_cast<uint32_t>(Type) << (kSlotBits + kGenerationBits) |
               (slots_[slot].generation & kGenerationMask) << kSlotBits |
               static_cast<uint32_t>(slot);
    }

    /// The slot of a valid handle, else kCapacity.
    [[nodiscard]] size_t slotOf(VAGenericID id) const
    {
        const size_t slot = id & (kCapacity - 1);
        const bool valid = slot < slots_.size() && slots_[slot].object && idOf(slot) == id;
        return valid ? slot : kCapacity;
    }

    mutable std::mutex mutex_;
    std::vector<Slot> slots_;
    std::deque<size_t> free_;
};

} // namespace daedalus::va
