// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <linux/v4l2-controls.h>

#include "bitstream/hevc/reference_sets.h"
#include "bitstream/hevc/slice_header.h"
#include "daedalus/result.h"

namespace daedalus::bitstream {

/// A picture by the two names that it has.
struct HevcPictureName {
    int32_t poc = 0;        ///< of the client
    uint64_t timestamp = 0; ///< of the buffer that it lies in

    bool operator==(const HevcPictureName &) const = default;
};

/// A picture's reference pictures, as they are written into slice headers.
struct HevcReferences {
    struct LongTerm {
        uint32_t pocLsb = 0; ///< kHevcPicOrderCntBits of it
        bool used = false;
    };

    HevcShortTermSet shortTerm;
    std::vector<LongTerm> longTerm;
    /// Those that exist, or that the decoder makes up because the picture uses them.
    std::vector<HevcPictureName> pictures;
    /// One of them was decoded.
    bool known = false;

    /// NumPicTotalCurr.
    [[nodiscard]] uint32_t usedCount() const;
};

/// Makes an explicit reference picture set out of decode parameters that were checked.
///
/// A picture that is not used by this one, and that was never decoded, is left out; the
/// decoder makes up one that is used.
/// @param decoded what the decoder has
/// @returns EINVAL: two of the pictures have the same picture order count, or it is on
/// the wrong side or too far away
Result<HevcReferences> collectHevcReferences(const v4l2_ctrl_hevc_decode_params &decode,
                                             const std::vector<HevcPictureName> &decoded);

} // namespace daedalus::bitstream
