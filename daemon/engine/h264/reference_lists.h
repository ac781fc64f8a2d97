// SPDX-License-Identifier: BSD-2-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "bitstream/h264/parameter_writer.h"
#include "bitstream/h264/slice_header.h"

namespace daedalus::engine {

/// A picture that slices may refer to.
struct H264Reference {
    uint64_t timestamp = 0;
    int64_t number = 0; ///< FrameNumWrap, or LongTermFrameIdx
    bool longTerm = false;
    uint8_t fields = 0; ///< that are marked, V4L2_H264_*_REF
    int32_t topOrderCnt = 0;
    int32_t bottomOrderCnt = 0;
    bool madeUp = false; ///< of the decoder's own, and unknown to the client

    bool operator==(const H264Reference &) const = default;
};

/// What of a picture a list names.
struct H264ListEntry {
    H264Reference picture;
    uint8_t fields = 0; ///< of it; 0: there is no reference picture

    bool operator==(const H264ListEntry &) const = default;
};
using H264ReferenceList = std::vector<H264ListEntry>;

/// The pictures of a request's dpb that slices may refer to.
std::vector<H264Reference> h264ReferencesOf(const bitstream::H264SliceHeader &header,
                                            const bitstream::H264Parameters &parameters);

/// RefPicList0 or 1 of a slice (8.2.4), with as many entries as the slice may name, or fewer
/// where there are not as many.
/// @param timestamp the current picture's, by which its first field is known
H264ReferenceList h264ReferenceList(const bitstream::H264SliceHeader &header,
                                    const bitstream::H264Parameters &parameters,
                                    const std::vector<H264Reference> &references, unsigned list,
                                    uint64_t timestamp);

} // namespace daedalus::engine
