// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "bitstream/bit_reader.h"

namespace daedalus::bitstream {

/// Pictures that a decoded picture buffer holds at most (H.265 A.4.2).
inline constexpr unsigned kHevcMaxPictures = 16;

/// A short-term reference picture set (7.4.8).
struct HevcShortTermSet {
    struct Entry {
        int32_t deltaPoc = 0; ///< picture order count minus that of the current picture
        bool used = false;    ///< by the current picture, not only by later ones
    };
    std::vector<Entry> before; ///< deltaPoc below 0, the nearest first
    std::vector<Entry> after;  ///< deltaPoc above 0, the nearest first
    /// NumDeltaPocs of the set that this one was predicted from, 0 where there is none.
    uint8_t predictedFrom = 0;

    [[nodiscard]] size_t size() const { return before.size() + after.size(); }
    [[nodiscard]] unsigned usedCount() const;
};

/// Reads st_ref_pic_set(stRpsIdx) (7.3.7); a damaged one sets the reader's failed().
/// @param known the sets of the sequence parameter set that come before this one
/// @param inSlice it is that of a slice header, whose stRpsIdx is the count of @p known
std::optional<HevcShortTermSet>
readHevcShortTermSet(BitReader &reader, std::span<const HevcShortTermSet> known, bool inSlice);

/// Passes over an st_ref_pic_set() of a slice header that is predicted from another
/// set, of which no more is known than how many pictures it has.
/// @returns false: damaged
bool skipHevcPredictedSet(BitReader &reader, unsigned numDeltaPocs);

} // namespace daedalus::bitstream
