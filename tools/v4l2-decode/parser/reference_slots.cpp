// SPDX-License-Identifier: BSD-2-Clause
#include "tools/v4l2-decode/parser/reference_slots.h"

#include <algorithm>
#include <utility>

namespace daedalus::v4l2decode {

bool ReferenceSlots::has(uint64_t timestamp) const
{
    return std::any_of(slots_.begin(), slots_.end(),
                       [timestamp](const Picture &slot) { return slot.timestamp == timestamp; });
}

std::vector<uint64_t> ReferenceSlots::refresh(const Picture &picture, uint8_t mask)
{
    const auto before = slots_;
    for (unsigned i = 0; i < slots_.size(); ++i) {
        if ((mask >> i & 1) != 0) {
            slots_[i] = picture;
        }
    }
    std::vector<uint64_t> gone;
    for (const Picture &old : before) {
        if (old.timestamp != 0 && !has(old.timestamp) &&
            std::find(gone.begin(), gone.end(), old.timestamp) == gone.end()) {
            gone.push_back(old.timestamp);
        }
    }
    if (!has(picture.timestamp)) {
        gone.push_back(picture.timestamp);
    }
    return gone;
}

std::vector<uint64_t> ReferenceSlots::clear()
{
    std::vector<uint64_t> gone;
    for (const Picture &old : std::exchange(slots_, {})) {
        if (old.timestamp != 0 &&
            std::find(gone.begin(), gone.end(), old.timestamp) == gone.end()) {
            gone.push_back(old.timestamp);
        }
    }
    return gone;
}

} // namespace daedalus::v4l2decode
