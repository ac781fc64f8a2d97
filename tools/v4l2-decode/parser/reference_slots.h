// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <array>
#include <vector>

#include "tools/v4l2-decode/parser/stream_event.h"

namespace daedalus::v4l2decode {

/// The eight reference slots of VP9 and AV1. A picture may be in several of them.
class ReferenceSlots {
public:
    /// A picture, or what is to be shown of one.
    using Picture = ShowPicture;

    static constexpr unsigned kCount = 8;

    /// An empty slot has timestamp 0.
    [[nodiscard]] const Picture &operator[](size_t slot) const { return slots_[slot]; }

    /// Stores the picture in the slots of the mask.
    /// @returns the pictures that no slot has any more, or never had, by timestamp
    std::vector<uint64_t> refresh(const Picture &picture, uint8_t mask);

    /// Empties all slots.
    /// @returns the pictures that were in them, by timestamp
    std::vector<uint64_t> clear();

private:
    [[nodiscard]] bool has(uint64_t timestamp) const;

    std::array<Picture, kCount> slots_{};
};

} // namespace daedalus::v4l2decode
